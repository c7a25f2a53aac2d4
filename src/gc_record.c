/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gc_record.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

struct json_object *gc_parse(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(16);
	struct json_object *object;
	bool whole;

	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)length);
	whole = json_tokener_get_error(tokener) == json_tokener_success &&
		json_tokener_get_parse_end(tokener) == length;
	json_tokener_free(tokener);
	if (whole && json_object_is_type(object, json_type_object))
		return object;
	(void)json_object_put(object);
	return NULL;
}

const char *gc_text(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

bool gc_number(struct json_object *object, const char *key, uint64_t *ret)
{
	struct json_object *value = json_object_object_get(object, key);

	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return false;
	*ret = json_object_get_uint64(value);
	return true;
}

static const char *const common_members[] = {
	"v",  "event", "session", "seq",     "ts",  "boot_id", "host", "user",
	"uid", "auid", "ses",	  "service", "tty", "rhost",   "ruser",
};

static struct json_object *now_text(void)
{
	char seconds[32], text[64];
	struct timespec now;
	struct tm tm;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	if (!gmtime_r(&now.tv_sec, &tm))
		return NULL;
	(void)strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text, sizeof(text), "%s.%06ldZ", seconds, now.tv_nsec / 1000);
	return json_object_new_string(text);
}

/* The value of its own where gc knows better than the start, else the start's. */
static struct json_object *end_value(const struct gc_scan *scan, const struct gc_session *session,
				     struct json_object *start, const char *key)
{
	if (strcmp(key, "event") == 0)
		return json_object_new_string("session.end");
	if (strcmp(key, "seq") == 0)
		return json_object_new_uint64(session->seq + 1);
	if (strcmp(key, "ts") == 0)
		return now_text();
	if (strcmp(key, "boot_id") == 0)
		return json_object_new_string(scan->boot_id);
	return json_object_get(json_object_object_get(start, key));
}

static int add_members(const struct gc_scan *scan, const struct gc_session *session,
		       struct json_object *start, struct json_object *end)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(common_members); i++)
		r = json_object_object_add(end, common_members[i],
					   end_value(scan, session, start, common_members[i]));
	if (r == 0)
		r = json_object_object_add(end, "outcome", json_object_new_string("fault"));
	if (r == 0)
		r = json_object_object_add(end, "reason", json_object_new_string("lost"));
	return r == 0 ? json_object_object_add(end, "by", json_object_new_string("gc")) : r;
}

/* Copied, because the file may have been cut since. */
static struct json_object *read_start(const struct gc_scan *scan, const struct gc_session *session)
{
	_free_ char *text = malloc(session->length);

	if (!text || pread(scan->fds[session->file], text, session->length, session->offset) !=
			     (ssize_t)session->length)
		return NULL;
	return gc_parse(text, session->length);
}

struct json_object *gc_start_record(const struct gc_scan *scan, const struct gc_session *session)
{
	struct json_object *start = read_start(scan, session);

	if (start && strcmp(gc_text(start, "session"), session->id) == 0)
		return start;
	(void)json_object_put(start);
	return NULL;
}

struct json_object *gc_end_record(const struct gc_scan *scan, const struct gc_session *session)
{
	_json_ struct json_object *start = gc_start_record(scan, session);
	struct json_object *end;

	if (!start)
		return NULL;
	end = json_object_new_object();
	if (!end || add_members(scan, session, start, end) < 0) {
		(void)json_object_put(end);
		return NULL;
	}
	return end;
}
