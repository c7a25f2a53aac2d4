/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

void reader_begin(struct reader *r, pid_t tid, unsigned int pointer_bytes, char *memory)
{
	*r = (struct reader){ .tid = tid, .pointer_bytes = pointer_bytes, .memory = memory };
	for (unsigned int i = 0; i < READER_PAGES; i++)
		r->pages[i] = 1;
}

static uint64_t page_of(uint64_t address)
{
	return address & ~(uint64_t)(READER_PAGE - 1);
}

static char *page_find(const struct reader *r, uint64_t page)
{
	for (unsigned int i = 0; i < READER_PAGES; i++) {
		if (r->pages[i] == page)
			return r->memory + (size_t)i * READER_PAGE;
	}
	return NULL;
}

/*
 * Reads n pages into slots from r->next on, with one call. The kernel stops at the first that
 * cannot be read, on a page's border. Returns how many were read or -errno.
 */
static int fetch(struct reader *r, const uint64_t *pages, unsigned int n)
{
	struct iovec local[READER_PAGES], remote[READER_PAGES];
	unsigned int slot = r->next;
	ssize_t got;

	if (r->calls++ >= READER_CALLS)
		return -E2BIG;
	for (unsigned int i = 0; i < n; i++) {
		unsigned int at = (slot + i) % READER_PAGES;

		r->pages[at] = 1;
		local[i] = (struct iovec){ r->memory + (size_t)at * READER_PAGE, READER_PAGE };
		remote[i] = (struct iovec){ (void *)(uintptr_t)pages[i], READER_PAGE };
	}
	do {
		got = process_vm_readv(r->tid, local, n, remote, n, 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	for (unsigned int i = 0; i < (size_t)got / READER_PAGE; i++)
		r->pages[(slot + i) % READER_PAGES] = pages[i];
	r->next = (slot + (unsigned int)got / READER_PAGE) % READER_PAGES;
	return got < READER_PAGE ? -EFAULT : (int)(got / READER_PAGE);
}

void reader_prefetch(struct reader *r, uint64_t a, uint64_t b)
{
	uint64_t pages[2] = { page_of(a), page_of(b) };

	(void)fetch(r, pages, pages[0] == pages[1] || b == 0 ? 1 : 2);
}

/*
 * Gives the bytes at address up to the end of its page. Behind a page that was just used, several
 * are fetched at once: a long argv lies in one piece.
 */
static ssize_t window(struct reader *r, uint64_t address, const char **ret)
{
	uint64_t page = page_of(address), pages[READER_PAGES / 2];
	unsigned int n = 1;
	char *found = page_find(r, page);

	if (!found) {
		if (page >= READER_PAGE && page_find(r, page - READER_PAGE))
			n = READER_PAGES / 2;
		for (unsigned int i = 0; i < n; i++)
			pages[i] = page + (uint64_t)i * READER_PAGE;
		int got = fetch(r, pages, n);
		if (got < 0)
			return got;
		found = page_find(r, page);
	}
	*ret = found + (address - page);
	return (ssize_t)(READER_PAGE - (address - page));
}

ssize_t reader_string(struct reader *r, uint64_t address, char *out, size_t size)
{
	size_t n = 0;

	for (;;) {
		const char *from = NULL;
		ssize_t left = window(r, address + n, &from);
		size_t part, room = size - n;

		if (left < 0)
			return left;
		part = strnlen(from, (size_t)left);
		if (part >= room)
			return -ENAMETOOLONG;
		memcpy(out + n, from, part);
		n += part;
		out[n] = 0;
		if (part < (size_t)left)
			return (ssize_t)n;
	}
}

/* Copies one argument with its NUL as far as it fits, and counts all of it. */
static int take_argument(struct reader *r, uint64_t address, struct reader_argv *argv)
{
	bool ended = false;

	while (!ended && argv->total <= READER_TOTAL_BYTES) {
		const char *from = NULL;
		ssize_t left = window(r, address, &from);
		size_t part, kept;

		if (left < 0)
			return (int)left;
		part = strnlen(from, (size_t)left);
		ended = part < (size_t)left;
		part += ended;
		kept = READER_ARGV_BYTES - argv->bytes;
		kept = part < kept ? part : kept;
		memcpy(argv->text + argv->bytes, from, kept);
		argv->bytes += kept;
		argv->more |= kept < part;
		argv->total += part;
		address += part;
	}
	if (!argv->more)
		argv->count++;
	return 0;
}

/* One pointer; the page that holds it may have been pushed out by the strings: it is read again. */
static int take_pointer(struct reader *r, uint64_t address, uint64_t *ret)
{
	char bytes[sizeof(*ret)] = { 0 }; /* what is not read is above: only x86 has the shorter ones */
	size_t n = 0;

	while (n < r->pointer_bytes) {
		const char *from = NULL;
		ssize_t left = window(r, address + n, &from);
		size_t part;

		if (left < 0)
			return (int)left;
		part = (size_t)left < r->pointer_bytes - n ? (size_t)left : r->pointer_bytes - n;
		memcpy(bytes + n, from, part);
		n += part;
	}
	memcpy(ret, bytes, sizeof(*ret));
	return 0;
}

int reader_argv(struct reader *r, uint64_t address, struct reader_argv *argv)
{
	uint64_t pointer = 0;
	int ret = 0;

	argv->bytes = 0;
	argv->count = 0;
	argv->more = false;
	argv->total = 0;
	while (address && ret == 0) {
		ret = take_pointer(r, address, &pointer);
		if (ret < 0 || pointer == 0)
			break;
		ret = argv->total > READER_TOTAL_BYTES ? -E2BIG : take_argument(r, pointer, argv);
		address += r->pointer_bytes;
	}
	if (ret != -E2BIG)
		return ret;
	argv->more = true;
	argv->total = 0;
	return 0;
}
