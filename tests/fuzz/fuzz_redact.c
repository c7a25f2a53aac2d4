/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An argv as a hostile process has it, through redaction. */
#include "fuzz.h"

#include "src/redact.h"

static void one(struct redact *r, const char *arg, size_t size)
{
	struct redact_hole holes[REDACT_HOLES];
	size_t n = redact_argument(r, arg, size, holes), at = 0, length;
	_free_ char *out = malloc(size + REDACT_HOLES * sizeof(REDACT_MARK) + 1);

	HOLDS(out && n <= REDACT_HOLES);
	for (size_t i = 0; i < n; i++) {
		HOLDS(holes[i].from >= at && holes[i].to >= holes[i].from && holes[i].to <= size);
		at = holes[i].to;
	}
	length = redact_copy(arg, size, holes, n, out);
	HOLDS(length <= size + REDACT_HOLES * sizeof(REDACT_MARK));
	HOLDS(n > 0 || (length == size && memcmp(out, arg, size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_free_ char *text = fuzz_text(data, size);
	struct redact r;

	redact_begin(&r);
	for (size_t at = 0; at < size; at += strlen(text + at) + 1)
		one(&r, text + at, strlen(text + at));
	return 0;
}
