/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IDENTITY as the helper takes it: what is valid must come out of a second packing unchanged. */
#include "fuzz.h"

#include "src/identity.h"

static bool unpack(struct identity *id, const uint8_t *data, size_t size)
{
	struct wire_reader in;

	reader_init(&in, data, size);
	return identity_unpack(id, &in) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_free_ struct identity *id = calloc(1, sizeof(*id)), *again = calloc(1, sizeof(*again));
	_free_ uint8_t *body = malloc(WIRE_MAX_BYTES);
	struct err e = { 0 };
	struct wire_writer out;

	HOLDS(id && again && body);
	if (size > WIRE_MAX_BYTES || !unpack(id, data, size))
		return 0;
	HOLDS(id->ngroups <= IDENTITY_GROUPS && strlen(id->user) < sizeof(id->user));
	HOLDS(identity_validate(id, &e) == -e.num);
	writer_init(&out, body, WIRE_MAX_BYTES);
	HOLDS(identity_pack(id, &out) == 0);
	HOLDS(unpack(again, body, writer_length(&out)));
	HOLDS(again->uid == id->uid && again->gid == id->gid && again->ngroups == id->ngroups);
	HOLDS(strcmp(again->user, id->user) == 0 && strcmp(again->home, id->home) == 0);
	return 0;
}
