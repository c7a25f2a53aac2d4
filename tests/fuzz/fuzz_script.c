/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first bytes of a file somebody wants to run. */
#include "fuzz.h"

#include "helper/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[SCRIPT_LINE_BYTES] = { 0 }, path[SCRIPT_LINE_BYTES], argument[SCRIPT_LINE_BYTES];

	memcpy(line, data, size < sizeof(line) ? size : sizeof(line));
	if (!script_parse(line, path, argument))
		return 0;
	HOLDS(memchr(path, 0, sizeof(path)) && memchr(argument, 0, sizeof(argument)));
	/* "#!" and then NUL is a script whose interpreter is the empty name: execve says ENOENT. */
	HOLDS(size >= 2 && data[0] == '#' && data[1] == '!');
	HOLDS(!strpbrk(path, " \t\n"));
	return 0;
}
