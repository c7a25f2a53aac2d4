/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gc_record.h - one line of the event log as json-c sees it, and the one record "swrap gc" writes.
 */
#ifndef SWRAP_GC_RECORD_H
#define SWRAP_GC_RECORD_H

#include "gc_scan.h"

#include <json-c/json.h>

static inline void gc_json_put(struct json_object **object)
{
	(void)json_object_put(*object);
}
#define _json_ _cleanup_(gc_json_put)

/* The whole of text as one object, or NULL. Owned by the caller. */
struct json_object *gc_parse(const char *text, size_t length);

/* A member of that type: its value, else "" and false. Borrowed from the object. */
const char *gc_text(struct json_object *object, const char *key);
bool gc_number(struct json_object *object, const char *key, uint64_t *ret);

/*
 * The session.start of a session, read again from its place. Owned by the caller; NULL when it is no
 * longer what it was, or out of memory.
 */
struct json_object *gc_start_record(const struct gc_scan *scan, const struct gc_session *session);

/*
 * The session.end that is missing, made from the start's own members. Owned by the caller; NULL when
 * the start is no longer what it was, or out of memory.
 */
struct json_object *gc_end_record(const struct gc_scan *scan, const struct gc_session *session);

#endif
