/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret.h"

#include "attr.h"

#include <string.h>
#include <strings.h>

/* Secret as the last word of a name. */
static const char *const secret_words[] = { "pass", "passcode", "auth", "apikey", "authorization" };

/* Secret as the end of the last word, so that PGPASSWORD is found. */
static const char *const secret_ends[] = {
	"password", "passwd", "passwort",   "passphrase",
	"secret",   "token",  "credential", "credentials",
};

/* Secret before "key" or "pwd". */
static const char *const key_words[] = {
	"api", "access", "secret", "private", "auth", "encryption", "signing", "account", "shared",
	"master", "license",
};

struct word {
	const char *at;
	size_t size;
};

static bool word_is(struct word w, const char *text)
{
	/* Cheapest first: nearly every word ends here. */
	if (w.size == 0 || ((w.at[0] ^ text[0]) & ~0x20))
		return false;
	return w.size == strlen(text) && strncasecmp(w.at, text, w.size) == 0;
}

static bool word_in(struct word w, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (word_is(w, list[i]))
			return true;
	}
	return false;
}

static bool ends_in(struct word w, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t size = strlen(list[i]);

		if (w.size >= size && word_is((struct word){ w.at + w.size - size, size }, list[i]))
			return true;
	}
	return false;
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

bool secret_is_name(char c)
{
	return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') || (c && strchr("-_.", c));
}

/* Takes the last word off a name; what is left of the name ends before its separator. */
static struct word last_word(const char *name, size_t *size)
{
	size_t from = *size;
	struct word w;

	while (from > 0 && !strchr("-_.", name[from - 1])) {
		if (from < *size && is_upper(name[from]) && is_lower(name[from - 1]))
			break;
		from--;
	}
	w = (struct word){ name + from, *size - from };
	*size = from;
	if (from > 0 && strchr("-_.", name[from - 1]))
		*size = from - 1;
	return w;
}

static bool is_capitals(const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (is_lower(name[i]))
			return false;
	}
	return true;
}

bool secret_name(const char *name, size_t size)
{
	size_t left = size;
	struct word last, before;

	if (size > 3 && (strncmp(name, "no-", 3) == 0 || strncmp(name, "ask-", 4) == 0))
		return false;
	last = last_word(name, &left);
	if (word_in(last, secret_words, ARRAY_SIZE(secret_words)) ||
	    ends_in(last, secret_ends, ARRAY_SIZE(secret_ends)))
		return true;
	if (left == 0)
		return false;
	before = last_word(name, &left);
	if (word_is(last, "pwd"))
		return true;
	if (!word_is(last, "key"))
		return false;
	return word_in(before, key_words, ARRAY_SIZE(key_words)) ||
	       (is_capitals(name, size) && memchr(name, '_', size));
}

