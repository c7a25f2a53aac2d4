/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"
#include "sys.h"

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);

/* The empty asm keeps the compiler from seeing "a memcpy" here and calling this function for it. */
void *memcpy(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	while (size--) {
		*t++ = *f++;
		__asm__ volatile("");
	}
	return to;
}

void *memset(void *to, int value, size_t size)
{
	unsigned char *t = to;

	while (size--) {
		*t++ = (unsigned char)value;
		__asm__ volatile("");
	}
	return to;
}

size_t text_length(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		n++;
		__asm__ volatile("");
	}
	return n;
}

size_t text_append(char *text, size_t size, size_t used, const char *s)
{
	while (used < size && *s)
		text[used++] = *s++;
	if (used < size)
		text[used] = '\0';
	return used;
}

bool text_starts(const char *s, const char *start)
{
	while (*start)
		if (*s++ != *start++)
			return false;
	return true;
}

bool text_ends(const char *s, const char *end)
{
	size_t length = text_length(s), tail = text_length(end);

	return length >= tail && text_starts(s + length - tail, end);
}

bool text_climbs(const char *path)
{
	for (const char *p = path; *p; p++) {
		bool begins = p == path || p[-1] == '/';

		if (begins && p[0] == '.' && p[1] == '.' && (!p[2] || p[2] == '/'))
			return true;
	}
	return false;
}

static size_t append_number(char *text, size_t size, size_t used, int num)
{
	char digits[12];
	size_t i = sizeof(digits);

	digits[--i] = '\0';
	do {
		digits[--i] = (char)('0' + num % 10);
		num /= 10;
	} while (num > 0 && i > 0);
	return text_append(text, size, used, digits + i);
}

void text_say(const char *what, size_t size, int num)
{
	char line[256];
	const size_t room = sizeof(line) - 32;	/* the error and the newline always fit */
	size_t used = text_append(line, room, 0, "swrap: ");

	for (size_t i = 0; i < size && what[i] && used < room; i++)
		line[used++] = what[i] >= ' ' && what[i] <= '~' ? what[i] : '?';
	if (num > 0) {
		used = text_append(line, sizeof(line), used, ": error ");
		used = append_number(line, sizeof(line), used, num);
	}
	line[used++] = '\n';
	(void)sys_write(2, line, used);
}
