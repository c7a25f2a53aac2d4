/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thread.so - preloaded, gives any application a second thread before its main(). */
#include <pthread.h>
#include <unistd.h>

static void *sleep_for_ever(void *data)
{
	for (;;)
		(void)pause();
	return data;
}

__attribute__((constructor)) static void begin(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, sleep_for_ever, NULL) != 0)
		_exit(71);
}
