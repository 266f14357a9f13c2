//go:build cgo

#define _GNU_SOURCE // RTLD_DEFAULT
#include "abi.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// host.go turns this off, since what cgo writes itself has such parameters.
#pragma GCC diagnostic error "-Wunused-parameter"

// Of this file the library exports the callbacks only.
#pragma GCC visibility push(hidden)

#define EXPORTED __attribute__((visibility("default")))

// In callbacks.go.
EXPORTED extern int oa_init(void *plugin);
EXPORTED extern int FLBPluginInputCallbackCtx(uintptr_t id, void **data, size_t *size);

enum { LOG_ERROR = 1, LOG_INFO = 3, LOG_DEBUG = 4 };

// host_symbol finds a function that the executable exports. POSIX wants this way round ISO C, which
// has no conversion from void * to a function pointer.
#define host_symbol(field, name) (*(void **)&(field) = dlsym(RTLD_DEFAULT, (name)))

void oa_host_open(struct oa_host *host, const struct oa_plugin *plugin)
{
	const struct oa_api *api = plugin->api;
	void *(*get_cmt)(void *) = NULL;

	*host = (struct oa_host){.ins = plugin->ins, .level = LOG_INFO};

	// From 4.1 on this slot holds the callback with context, before it the cleanup callback.
	host->contexts = plugin->callbacks[2] == (void *)&FLBPluginInputCallbackCtx;

	host->get_property = api->input_get_property;
	host->log_print = api->log_print;
	if (api->input_log_check) {
		host->level = LOG_DEBUG;
		while (host->level > 0 && !api->input_log_check(plugin->ins, host->level)) {
			host->level--;
		}
	}

	host_symbol(host->log_append, "flb_input_log_append");
	host_symbol(host->input_name, "flb_input_name");

	// A host that is built without metrics leaves the slot of the table unset, not NULL: only the
	// exported function tells.
	host_symbol(get_cmt, "flb_input_get_cmt_instance");
	host_symbol(host->counter_create, "cmt_counter_create");
	host_symbol(host->counter_set, "cmt_counter_set");
	host_symbol(host->counter_get, "cmt_counter_get_val");
	host_symbol(host->gauge_create, "cmt_gauge_create");
	host_symbol(host->gauge_set, "cmt_gauge_set");
	host_symbol(host->buckets_create, "cmt_histogram_buckets_create_size");
	host_symbol(host->histogram_create, "cmt_histogram_create");
	host_symbol(host->histogram_set, "cmt_histogram_set_default");
	if (get_cmt && api->input_get_cmt_instance == get_cmt) {
		host->cmt = get_cmt(plugin->ins);
	}
}

void oa_set_context(struct oa_plugin *plugin, uintptr_t id)
{
	plugin->context->remote_context = (void *)id;
}

const char *oa_get_property(const struct oa_host *host, const char *key)
{
	return host->get_property(key, host->ins);
}

const char *oa_input_name(const struct oa_host *host)
{
	return host->input_name ? host->input_name(host->ins) : NULL;
}

void oa_log(const struct oa_host *host, int level, const char *text)
{
	host->log_print(level, NULL, 0, "%s", text);
}

int oa_append(const struct oa_host *host, const void *records, size_t size)
{
	return host->log_append(host->ins, NULL, 0, records, size); // no tag: the instance's own
}

// The names come out as fluentbit_input_<name>, like those of the host itself.
static char namespace[] = "fluentbit";
static char subsystem[] = "input";

void *oa_counter(const struct oa_host *host, char *name, char *help, int labels, char **keys)
{
	if (!host->cmt || !host->counter_create || !host->counter_set) {
		return NULL;
	}
	return host->counter_create(host->cmt, namespace, subsystem, name, help, labels, keys);
}

void *oa_gauge(const struct oa_host *host, char *name, char *help, int labels, char **keys)
{
	if (!host->cmt || !host->gauge_create || !host->gauge_set) {
		return NULL;
	}
	return host->gauge_create(host->cmt, namespace, subsystem, name, help, labels, keys);
}

void *oa_histogram(const struct oa_host *host, char *name, char *help, double *bounds, size_t count,
                   int labels, char **keys)
{
	void *buckets;

	if (!host->cmt || !host->buckets_create || !host->histogram_create || !host->histogram_set) {
		return NULL;
	}
	buckets = host->buckets_create(bounds, count); // the histogram owns them
	if (!buckets) {
		return NULL;
	}
	return host->histogram_create(host->cmt, namespace, subsystem, name, help, buckets, labels, keys);
}

void oa_counter_set(const struct oa_host *host, void *counter, uint64_t ns, double value, int labels,
                    char **values)
{
	host->counter_set(counter, ns, value, labels, values);
}

void oa_gauge_set(const struct oa_host *host, void *gauge, uint64_t ns, double value, int labels,
                  char **values)
{
	host->gauge_set(gauge, ns, value, labels, values);
}

void oa_histogram_set(const struct oa_host *host, void *histogram, uint64_t ns, uint64_t *cumulative,
                      double sum, uint64_t count, int labels, char **values)
{
	host->histogram_set(histogram, ns, cumulative, sum, count, labels, values);
}

// The host counts an instance's records when its engine has taken them out of the ring buffer, in a counter that
// it makes before it initializes the instance, and keeps in the same list as ours. Nothing exported leads there, so
// the list is followed from a counter of ours back to its head, which lies in the instance's metrics. Nothing is
// read of what is no counter: each must be linked as it is found, and name our metrics as its own, before its name
// is looked at. With a layout that is not the expected one that holds for none, and no counter is found.
void oa_find_drained(struct oa_host *host, const void *own)
{
	static const char wanted[] = "fluentbit_input_records_total";
	char *name = (char *)oa_input_name(host);
	const struct oa_metric *m = own;
	const struct oa_list *at, *behind;
	double value;

	if (!m || !name || !host->counter_get || m->cmt != host->cmt) {
		return;
	}
	for (behind = &m->list, at = behind->prev; at != &host->cmt->counters; behind = at, at = at->prev) {
		m = (const struct oa_metric *)((const char *)at - offsetof(struct oa_metric, list));
		if (at->next != behind || m->cmt != host->cmt) {
			return;
		}
		if (m->full_name && strcmp(m->full_name, wanted) == 0) {
			if (host->counter_get((void *)m, 1, &name, &value) == 0) {
				host->drained = (void *)m;
			}
			return;
		}
	}
}

int oa_drained(const struct oa_host *host, double *out)
{
	char *name;

	if (!host->drained) {
		return 0;
	}
	name = (char *)oa_input_name(host);
	return host->counter_get(host->drained, 1, &name, out) == 0;
}

static pid_t loaded_in;

__attribute__((constructor)) static void remember_process(void)
{
	loaded_in = getpid();
}

// Daemon mode forks after the library was loaded. Of Go's runtime a fork has the memory but not the
// threads: any Go code may wait for ever. So these two, which the host calls in a fork, are C.

static void refuse_fork(const struct oa_plugin *plugin)
{
	static const char why[] = "Fluent Bit forked after it had loaded this library, as daemon mode does, and the library "
	                          "cannot run in the fork: set daemon off, and let a service manager run Fluent Bit in the background";
	struct oa_host host;
	const char *name;
	char text[512];

	oa_host_open(&host, plugin);
	name = oa_input_name(&host);
	snprintf(text, sizeof(text), "[input:%s:%s] %s", plugin->name, name ? name : plugin->name, why);
	if (host.log_print) {
		oa_log(&host, LOG_ERROR, text);
	} else {
		fprintf(stderr, "%s\n", text);
	}
}

EXPORTED int FLBPluginInit(void *plugin)
{
	if (getpid() != loaded_in) {
		refuse_fork(plugin);
		return 0;
	}
	return oa_init(plugin);
}

EXPORTED void FLBPluginUnregister(struct oa_definition *def)
{
	free(def->name); // from FLBPluginRegister
	free(def->description);
}

// Go's runtime turns a fault in Go code, such as a mapped state file that someone cut short, into a
// panic that can be recovered; a fault anywhere else it passes on to the handler of the host. But
// Fluent Bit sets its own handlers anew, over Go's, whenever it gets a SIGHUP (reload) or a SIGCONT
// (dump), and they abort. So the action that Go installed is remembered when the library registers,
// and put back when the handler in place is Fluent Bit's, which is known by its being the handler of
// SIGCONT too. Any other handler, such as that of a second Go plugin, chains to ours and stays.
static const int faults[] = {SIGSEGV, SIGFPE};
static struct sigaction gos[sizeof(faults) / sizeof(faults[0])];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void remember_faults(void)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		sigaction(faults[i], NULL, &gos[i]);
	}
}

void oa_keep_faults(void)
{
	struct sigaction cont, now;

	pthread_once(&once, remember_faults);
	sigaction(SIGCONT, NULL, &cont);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		sigaction(faults[i], NULL, &now);
		if (now.sa_handler != SIG_DFL && now.sa_handler == cont.sa_handler) {
			sigaction(faults[i], &gos[i], NULL);
		}
	}
}

#pragma GCC visibility pop
