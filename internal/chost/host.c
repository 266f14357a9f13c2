//go:build ignore

// host.c plays Fluent Bit's part for one Go input library, call by call, as a script on standard input
// tells it. It is written from the observed behaviour of Fluent Bit 4.0 to 5.1: each instance has a
// thread of its own on which all its callbacks run; there is one plugin struct for the whole library,
// overwritten at each Init; from 4.1 on an input has a context, before it has none.
//
//	host LIBRARY 4.0|4.1 DIRECTORY
//
// Records that an instance delivered are appended to DIRECTORY/<instance>.records. Each command is one
// line and is answered by one line, "ok ...", or "error ..." for a wrong command. In between come lines
// "log LEVEL TEXT" for what the library logs, "late METRIC" for a metric that it creates after Init,
// and "violation TEXT" for what it must not do.
//
//	load                   dlopen and FLBPluginRegister
//	unload                 FLBPluginUnregister and dlclose
//	alias N NAME           the name of instance N, before init
//	set N KEY VALUE        a property of instance N, before init
//	level N LEVEL          its log level: 1 error to 4 debug
//	init N                 FLBPluginInit, on a new thread; "failed RESULT" ends the instance
//	collect N              the collect callback; append and cleanup when it returned a buffer
//	fail N K               make each K-th append of instance N fail, 0 for none
//	pause N, resume N      the callbacks, on the instance's thread
//	preexit N, exit N      likewise; exit ends the thread and frees the instance
//	stray pause|resume|exit  the callback, on a thread that is no instance's
//	metrics N              print what the library set, "metric NAME{LABELS} VALUE" lines
//	counted N              how often the library has read the host's count of instance N's records
//	nolog                  give later instances no log_print, as no known host does
//	signal                 what Fluent Bit does on SIGHUP and SIGCONT: set its fault handlers anew
//	faults                 which handler a fault would reach: "host" or "library"
//	memory                 bytes of C memory in use
//	fork                   go on in a child process, as daemon mode does
//	quit
//
// With -DEXPORTS the executable exports what Fluent Bit exports, which needs -rdynamic.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef EXPORTS
#define HOST_SYMBOL
#else
#define HOST_SYMBOL static __attribute__((unused))
#endif

enum { MAX_INSTANCES = 16, MAX_PROPERTIES = 64, MAX_METRICS = 512, CANARY = 0xA5, CANARY_SIZE = 64 };

// The host's structs, as the library sees them.

struct api {
	const char *(*output_get_property)(const char *, void *);
	const char *(*input_get_property)(const char *, void *);
	void *(*output_get_cmt_instance)(void *);
	void *(*input_get_cmt_instance)(void *);
	void (*log_print)(int, const char *, int, const char *, ...);
	int (*input_log_check)(void *, int);
	int (*output_log_check)(void *, int);
	const char *(*custom_get_property)(const char *, void *);
	int (*custom_log_check)(void *, int);
};

struct definition {
	int type, proxy, flags;
	char *name, *description;
};

struct context_40 {
	int coll_fd;
	void *proxy;
};

struct context_41 {
	int coll_fd;
	void *remote_context;
	void *proxy;
};

struct plugin {
	char *name;
	struct api *api;
	void *ins;
	void *context;
	void *callbacks[6]; // 4.0: init, collect, cleanup, exit. 4.1: init, collect, collect_ctx, cleanup, cleanup_ctx, exit
};

// The host's own state.

struct property {
	char *key, *value;
};

struct list {
	struct list *prev, *next;
};

// counter is laid out as struct cmt_counter of Fluent Bit's library cmetrics, and cmt as struct cmt begins.
struct counter {
	char *ns, *subsystem, *short_name, *help, *full_name;
	int resource_index;
	void *map;
	struct list list;
	void *cmt;
	double value;
};

struct cmt {
	int log_level;
	void *log, *internal_metadata, *external_metadata, *static_labels;
	struct list counters;
	struct instance *in;
};

// heap is where the host keeps an instance's metrics: its own counters lie around the cmt, each life elsewhere.
struct heap {
	struct counter before[4];
	struct cmt cmt;
	struct counter after[13];
};

struct metric {
	struct counter c;
	char name[256], labels[256], line[4096];
	int histogram, counter;
	size_t buckets;
};

enum task { NONE, INIT, COLLECT, PAUSE, RESUME, PREEXIT, EXIT };

struct instance {
	int number, level, fail_every, appends, paused, initialising, failed;
	char name[128];
	struct property properties[MAX_PROPERTIES];
	int n_properties;
	struct context_40 context_40;
	struct context_41 context_41;
	struct metric metrics[MAX_METRICS];
	int n_metrics;
	struct heap *heap;
	struct counter *drained;
	_Atomic(size_t) counted; // how often the library has read drained
	FILE *records;

	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	enum task task; // NONE when done
	char reply[256];
};

static void count_records(struct instance *in, const unsigned char *buf, size_t size);
static struct instance *instances[MAX_INSTANCES];
static struct plugin *plugin;
static struct api *api;
static struct definition *definition;
static void *library;
static const char *library_path, *directory;
static int with_contexts, without_log;
static char proxy[] = "the proxy"; // stands for the host's own pointers, which the library must not touch
static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	pthread_mutex_lock(&output);
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
	pthread_mutex_unlock(&output);
	va_end(args);
}

static void *must(void *p)
{
	if (!p) {
		perror("host");
		exit(3);
	}
	return p;
}

// guarded returns memory of exactly size bytes with a canary behind it: Fluent Bit up to 4.2.2 gives a
// library a definition of 32 bytes, and one that writes more corrupts the heap.
static void *guarded(size_t size)
{
	char *p = must(malloc(size + CANARY_SIZE));

	memset(p, 0, size);
	memset(p + size, CANARY, CANARY_SIZE);
	return p;
}

static void check_guarded(const void *p, size_t size, const char *what)
{
	const unsigned char *canary = (const unsigned char *)p + size;

	for (int i = 0; i < CANARY_SIZE; i++) {
		if (canary[i] != CANARY) {
			say("violation the library wrote behind %s", what);
			return;
		}
	}
}

// Buffers that the library returned must be freed by its cleanup callback, once.

static _Atomic(void *) offered;
static atomic_int freed;

#ifndef SANITIZE // the sanitizer has a free of its own, which finds the same
extern void __libc_free(void *);

void free(void *p)
{
	if (p && p == atomic_load(&offered)) {
		atomic_fetch_add(&freed, 1);
	}
	__libc_free(p);
}
#endif

// What the library calls.

static struct instance *known(void *ins, const char *caller)
{
	for (int i = 0; i < MAX_INSTANCES; i++) {
		if (instances[i] && instances[i] == ins) {
			return ins;
		}
	}
	say("violation %s with an instance that does not exist", caller);
	return NULL;
}

static const char *get_property(const char *key, void *ins)
{
	struct instance *in = known(ins, "input_get_property");

	for (int i = 0; in && i < in->n_properties; i++) {
		if (strcasecmp(in->properties[i].key, key) == 0) {
			return in->properties[i].value;
		}
	}
	return NULL;
}

static int log_check(void *ins, int level)
{
	struct instance *in = known(ins, "input_log_check");

	return in && level <= in->level;
}

static void log_print(int level, const char *file, int line, const char *format, ...)
{
	char text[4096];
	va_list args;

	(void)file;
	(void)line;
	if (strcmp(format, "%s") != 0) {
		say("violation log_print with the format %s", format);
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say("log %d %s", level, text);
}

HOST_SYMBOL const char *flb_input_name(void *ins)
{
	struct instance *in = known(ins, "flb_input_name");

	return in ? in->name : "";
}

HOST_SYMBOL int flb_input_log_append(void *ins, const char *tag, size_t tag_len, const void *buf, size_t size)
{
	struct instance *in = known(ins, "flb_input_log_append");

	if (!in) {
		return -1;
	}
	if (!pthread_equal(pthread_self(), in->thread)) {
		say("violation append on a foreign thread");
	}
	if (in->paused) {
		say("violation append to the paused instance %d", in->number);
	}
	if (tag || tag_len) {
		say("violation append with a tag");
	}
	if (size == 0 || size > (2 << 20) + (64 << 10)) {
		say("violation append of %zu bytes", size);
	}
	in->appends++;
	if (in->fail_every && in->appends % in->fail_every == 0) {
		return -1;
	}
	if (fwrite(buf, 1, size, in->records) != size || fflush(in->records)) {
		perror("host: records");
		exit(3);
	}
	count_records(in, buf, size);
	return 0;
}

// Metrics: enough of them to see what was set, and the count of the records that came out of the ring
// buffer, which this host does not have: a record is stored when it is appended.

static void add_counter(struct cmt *cmt, struct counter *c, char *name)
{
	c->full_name = name;
	c->cmt = cmt;
	c->list.prev = cmt->counters.prev;
	c->list.next = &cmt->counters;
	c->list.prev->next = c->list.next->prev = &c->list;
}

// open_counters makes the host's own counters, before the library makes others.
static void open_counters(struct instance *in)
{
	static char *names[] = {"fluentbit_input_bytes_total", "fluentbit_input_records_total",
	                        "fluentbit_input_ring_buffer_writes_total", "fluentbit_input_ring_buffer_retries_total"};
	static size_t life;
	struct heap *h = in->heap = must(malloc(sizeof(*h)));
	struct counter *c;
	size_t at;

	memset(h, 0xDD, sizeof(*h));
	h->cmt.counters.prev = h->cmt.counters.next = &h->cmt.counters;
	h->cmt.in = in;
	for (size_t i = 0; i < 4; i++) {
		at = (life * 5 + i * (life / 17 + 1)) % 17; // 17 is prime: four places, another four each life
		c = at < 4 ? &h->before[at] : &h->after[at - 4];
		add_counter(&h->cmt, c, names[i]);
		if (i == 1) {
			in->drained = c;
			c->value = 0;
		}
	}
	life = (life + 1) % (17 * 16);
	in->n_metrics = 0;
}

// count_records counts records by their begin, bytes that no text in UTF-8 holds.
static void count_records(struct instance *in, const unsigned char *buf, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i++) {
		in->drained->value += memcmp(buf + i, "\x92\x92\xd7\x00", 4) == 0;
	}
}

HOST_SYMBOL int cmt_counter_get_val(void *counter, int labels, char **values, double *value)
{
	struct counter *c = counter;
	struct instance *in = ((struct cmt *)c->cmt)->in;

	if (c != in->drained || labels != 1 || strcmp(values[0], in->name) != 0) {
		say("violation cmt_counter_get_val of %s", c->full_name);
		return -1;
	}
	in->counted++;
	*value = c->value;
	return 0;
}

HOST_SYMBOL void *flb_input_get_cmt_instance(void *ins)
{
	struct instance *in = known(ins, "flb_input_get_cmt_instance");

	return in ? &in->heap->cmt : NULL;
}

static struct metric *new_metric(void *cmt, const char *ns, const char *subsystem, const char *name,
                                 const char *help, int labels, char **keys)
{
	struct instance *in = known(((struct cmt *)cmt)->in, "a metric");
	struct metric *m;
	size_t used = 0;

	if (!in || in->n_metrics == MAX_METRICS) {
		return NULL;
	}
	if (!pthread_equal(pthread_self(), in->thread)) {
		say("violation metric created on a foreign thread");
	}
	if (!*help || labels < 1 || strcmp(keys[0], "name") != 0) {
		say("violation metric %s without help or without the label name", name);
	}
	m = &in->metrics[in->n_metrics++];
	snprintf(m->name, sizeof(m->name), "%s_%s_%s", ns, subsystem, name);
	for (int i = 0; i < labels; i++) {
		used += (size_t)snprintf(m->labels + used, sizeof(m->labels) - used, "%s%s", i ? "," : "", keys[i]);
	}
	if (!in->initialising) {
		say("late %s", m->name);
	}
	return m;
}

static void set_metric(struct metric *m, double value, int labels, char **values)
{
	char line[512], keys[256], *rest = keys, *key;
	char *old, *end;
	size_t used;

	strcpy(keys, m->labels);
	used = (size_t)snprintf(line, sizeof(line), "%s{", m->name);
	for (int i = 0; i < labels; i++) {
		key = strsep(&rest, ",");
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s=\"%s\"", i ? "," : "",
		                         key ? key : "?", values[i]);
	}
	if (rest) {
		say("violation metric %s set with %d labels", m->name, labels);
	}
	snprintf(line + used, sizeof(line) - used, "} ");
	// One line a series: replace the one that begins alike.
	old = strstr(m->line, line);
	if (old) {
		if (m->counter && strtod(old + strlen(line), NULL) > value) {
			say("violation counter %s went down", m->name);
		}
		end = strchr(old, '\n');
		memmove(old, end + 1, strlen(end + 1) + 1);
	}
	used = strlen(m->line);
	snprintf(m->line + used, sizeof(m->line) - used, "%s%.17g\n", line, value);
}

HOST_SYMBOL void *cmt_counter_create(void *cmt, char *ns, char *subsystem, char *name, char *help, int labels, char **keys)
{
	struct metric *m = new_metric(cmt, ns, subsystem, name, help, labels, keys);

	m->counter = 1;
	add_counter(cmt, &m->c, m->name);
	return m;
}

HOST_SYMBOL int cmt_counter_set(void *m, uint64_t ns, double value, int labels, char **values)
{
	(void)ns;
	set_metric(m, value, labels, values);
	return 0;
}

HOST_SYMBOL void *cmt_gauge_create(void *cmt, char *ns, char *subsystem, char *name, char *help, int labels, char **keys)
{
	return new_metric(cmt, ns, subsystem, name, help, labels, keys);
}

HOST_SYMBOL int cmt_gauge_set(void *m, uint64_t ns, double value, int labels, char **values)
{
	(void)ns;
	set_metric(m, value, labels, values);
	return 0;
}

HOST_SYMBOL void *cmt_histogram_buckets_create_size(double *bounds, size_t count)
{
	size_t *p = must(malloc(sizeof(*p)));

	for (size_t i = 1; i < count; i++) {
		if (bounds[i] <= bounds[i - 1]) {
			say("violation histogram bounds are not in order");
		}
	}
	*p = count;
	return p;
}

HOST_SYMBOL void *cmt_histogram_create(void *cmt, char *ns, char *subsystem, char *name, char *help,
                                       void *buckets, int labels, char **keys)
{
	struct metric *m = new_metric(cmt, ns, subsystem, name, help, labels, keys);

	m->histogram = 1;
	m->buckets = *(size_t *)buckets;
	free(buckets);
	return m;
}

HOST_SYMBOL int cmt_histogram_set_default(void *metric, uint64_t ns, uint64_t *cumulative, double sum,
                                          uint64_t count, int labels, char **values)
{
	struct metric *m = metric;

	(void)ns;
	(void)sum;
	for (size_t i = 0; i <= m->buckets; i++) {
		if (i && cumulative[i] < cumulative[i - 1]) {
			say("violation histogram %s is not cumulative", m->name);
		}
	}
	if (cumulative[m->buckets] != count) {
		say("violation histogram %s counts %" PRIu64 " of %" PRIu64, m->name, cumulative[m->buckets], count);
	}
	set_metric(m, (double)count, labels, values);
	return 0;
}

// The callbacks.

static void *symbol(const char *name)
{
	return library ? dlsym(library, name) : NULL;
}

static void check_context(const struct instance *in)
{
	if (in->context_40.coll_fd != 7 || in->context_40.proxy != proxy || in->context_41.coll_fd != 7 ||
	    in->context_41.proxy != proxy) {
		say("violation the library wrote into the host's context");
	}
}

static void do_init(struct instance *in)
{
	int (*init)(struct plugin *) = symbol("FLBPluginInit");
	int rc;

	in->context_40 = (struct context_40){7, proxy};
	in->context_41 = (struct context_41){7, NULL, proxy};
	plugin->api = api;
	plugin->ins = in;
	plugin->context = with_contexts ? (void *)&in->context_41 : (void *)&in->context_40;
	in->initialising = 1;
	open_counters(in);
	rc = init(plugin);
	in->initialising = 0;
	check_context(in);
	in->failed = rc <= 0;
	snprintf(in->reply, sizeof(in->reply), "%s %d", in->failed ? "failed" : "ok", rc);
}

static void do_collect(struct instance *in)
{
	int (*collect)(void **, size_t *) = symbol("FLBPluginInputCallback");
	int (*collect_ctx)(void *, void **, size_t *) = symbol("FLBPluginInputCallbackCtx");
	int (*cleanup)(void *) = symbol("FLBPluginInputCleanupCallback");
	int (*cleanup_ctx)(void *, void *) = symbol("FLBPluginInputCleanupCallbackCtx");
	void *data = NULL;
	size_t size = 0;
	int rc, appends = in->appends;

	if (with_contexts) {
		rc = collect_ctx(in->context_41.remote_context, &data, &size);
	} else {
		rc = collect(&data, &size);
	}
	check_context(in);
	snprintf(in->reply, sizeof(in->reply), "ok %d appends=%d size=%zu", rc, in->appends - appends, size);
	if (size == 0) {
		if (data) {
			say("violation a buffer of no size, which nobody will free");
		}
		return;
	}
	flb_input_log_append(in, NULL, 0, data, size); // the host does not look at the result
	atomic_store(&freed, 0);
	atomic_store(&offered, data);
	if (with_contexts) {
		rc = cleanup_ctx(in->context_41.remote_context, data);
	} else {
		rc = cleanup(data);
	}
	atomic_store(&offered, NULL);
#ifndef SANITIZE
	if (atomic_load(&freed) != 1) {
		say("violation the cleanup callback freed its buffer %d times", atomic_load(&freed));
	}
#endif
	if (rc == -1) {
		say("violation the cleanup callback failed");
	}
}

static void call(const char *name)
{
	void (*callback)(void) = symbol(name);

	if (callback) {
		callback();
	}
}

static void *run(void *arg)
{
	struct instance *in = arg;
	void (*preexit)(int);
	enum task task = NONE;

	pthread_mutex_lock(&in->mutex);
	while (task != EXIT && !in->failed) {
		while (in->task == NONE) {
			pthread_cond_wait(&in->changed, &in->mutex);
		}
		task = in->task;
		strcpy(in->reply, "ok");
		switch (task) {
		case INIT:
			do_init(in);
			break;
		case COLLECT:
			do_collect(in);
			break;
		case PAUSE:
			call("FLBPluginInputPause");
			in->paused = 1;
			break;
		case RESUME:
			in->paused = 0;
			call("FLBPluginInputResume");
			break;
		case PREEXIT:
			preexit = symbol("FLBPluginInputPreExit");
			if (preexit) {
				preexit(1);
			}
			break;
		case EXIT:
			call("FLBPluginExit");
			break;
		case NONE:
			break;
		}
		in->task = NONE;
		pthread_cond_broadcast(&in->changed);
	}
	pthread_mutex_unlock(&in->mutex);
	return NULL;
}

// perform lets the instance's thread do a task and waits for it.
static const char *perform(struct instance *in, enum task task)
{
	static char reply[256];

	if (task == INIT && pthread_create(&in->thread, NULL, run, in)) {
		return "error no thread";
	}
	pthread_mutex_lock(&in->mutex);
	in->task = task;
	pthread_cond_broadcast(&in->changed);
	while (in->task != NONE) {
		pthread_cond_wait(&in->changed, &in->mutex);
	}
	strcpy(reply, in->reply);
	pthread_mutex_unlock(&in->mutex);
	return reply;
}

// The script.

static struct instance *instance(int number)
{
	char path[4096];
	struct instance *in;

	if (number < 0 || number >= MAX_INSTANCES) {
		return NULL;
	}
	if (!instances[number]) {
		in = must(calloc(1, sizeof(*in)));
		in->number = number;
		in->level = 3;
		snprintf(in->name, sizeof(in->name), "openai_audit.%d", number);
		snprintf(path, sizeof(path), "%s/%d.records", directory, number);
		in->records = must(fopen(path, "a"));
		pthread_mutex_init(&in->mutex, NULL);
		pthread_cond_init(&in->changed, NULL);
		instances[number] = in;
	}
	return instances[number];
}

static void destroy(struct instance *in)
{
	pthread_join(in->thread, NULL);
	instances[in->number] = NULL;
	for (int i = 0; i < in->n_properties; i++) {
		free(in->properties[i].key);
		free(in->properties[i].value);
	}
	fclose(in->records);
	memset(in->heap, 0xDD, sizeof(*in->heap));
	free(in->heap);
	memset(in, 0xDD, sizeof(*in)); // the library must not look at it any more
	free(in);
}

static const char *load(void)
{
	static char reply[512];
	int (*registers)(struct definition *);
	void *callbacks[6];
	int n = 0, rc;

	library = dlopen(library_path, RTLD_LAZY);
	if (!library) {
		snprintf(reply, sizeof(reply), "error %s", dlerror());
		return reply;
	}
	definition = guarded(sizeof(*definition));
	registers = symbol("FLBPluginRegister");
	rc = registers(definition);
	check_guarded(definition, sizeof(*definition), "the definition");

	callbacks[n++] = symbol("FLBPluginInit");
	callbacks[n++] = symbol("FLBPluginInputCallback");
	if (with_contexts) {
		callbacks[n++] = symbol("FLBPluginInputCallbackCtx");
	}
	callbacks[n++] = symbol("FLBPluginInputCleanupCallback");
	if (with_contexts) {
		callbacks[n++] = symbol("FLBPluginInputCleanupCallbackCtx");
	}
	callbacks[n++] = symbol("FLBPluginExit");
	plugin = guarded(offsetof(struct plugin, callbacks) + (size_t)n * sizeof(void *));
	plugin->name = definition->name;
	memcpy(plugin->callbacks, callbacks, (size_t)n * sizeof(void *));

	api = must(calloc(1, sizeof(*api)));
	api->input_get_property = get_property;
	api->log_print = without_log ? NULL : log_print;
	api->input_log_check = without_log ? NULL : log_check;
#ifdef EXPORTS
	api->input_get_cmt_instance = flb_input_get_cmt_instance;
#else
	api->input_get_cmt_instance = (void *)0xDEAD; // a host without metrics leaves the slot unset
#endif
	snprintf(reply, sizeof(reply), "ok %d type=%d proxy=%d name=%s description=%s", rc, definition->type,
	         definition->proxy, definition->name, definition->description);
	return reply;
}

static const char *unload(void)
{
	void (*unregister)(struct definition *) = symbol("FLBPluginUnregister");

	if (unregister) {
		unregister(definition);
	}
	check_guarded(definition, sizeof(*definition), "the definition");
	free(definition);
	free(plugin);
	free(api);
	dlclose(library);
	library = NULL;
	return "ok";
}

static const char *set(struct instance *in, char *key, char *value)
{
	if (in->n_properties == MAX_PROPERTIES) {
		return "error too many properties";
	}
	in->properties[in->n_properties++] = (struct property){must(strdup(key)), must(strdup(value))};
	return "ok";
}

static void host_fault_handler(int number)
{
	(void)number;
	_exit(4);
}

static const char *faults(void)
{
	struct sigaction now;

	sigaction(SIGSEGV, NULL, &now);
	return now.sa_handler == host_fault_handler ? "ok host" : "ok library";
}

static const char *print_metrics(const struct instance *in)
{
	for (int i = 0; i < in->n_metrics; i++) {
		const char *line = in->metrics[i].line;

		while (*line) {
			size_t n = strcspn(line, "\n");

			say("metric %.*s", (int)n, line);
			line += n + 1;
		}
	}
	return "ok";
}

static const char *memory(void)
{
	static char reply[64];
	struct mallinfo2 m = mallinfo2();

	snprintf(reply, sizeof(reply), "ok %zu", m.uordblks + m.hblkhd);
	return reply;
}

static const char *obey(char *line)
{
	char *command = strsep(&line, " ");
	char *first = line ? strsep(&line, " ") : NULL;
	struct instance *in;

	if (strcmp(command, "load") == 0) {
		return load();
	}
	if (strcmp(command, "unload") == 0) {
		return unload();
	}
	if (strcmp(command, "nolog") == 0) {
		without_log = 1;
		return "ok";
	}
	if (strcmp(command, "signal") == 0) {
		signal(SIGCONT, host_fault_handler);
		signal(SIGSEGV, host_fault_handler);
		signal(SIGFPE, host_fault_handler);
		return "ok";
	}
	if (strcmp(command, "faults") == 0) {
		return faults();
	}
	if (strcmp(command, "memory") == 0) {
		return memory();
	}
	if (strcmp(command, "fork") == 0) {
		pid_t pid = fork();
		int status = 0;

		if (pid > 0) {
			waitpid(pid, &status, 0);
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 5);
		}
		return pid == 0 ? "ok" : "error fork";
	}
	if (!first) {
		return "error unknown command";
	}
	if (strcmp(command, "stray") == 0) {
		call(strcmp(first, "pause") == 0    ? "FLBPluginInputPause"
		     : strcmp(first, "resume") == 0 ? "FLBPluginInputResume"
		                                    : "FLBPluginExit");
		return "ok";
	}
	in = instance(atoi(first));
	if (!in) {
		return "error no such instance";
	}
	if (strcmp(command, "alias") == 0 && line) {
		snprintf(in->name, sizeof(in->name), "%s", line);
		return "ok";
	}
	if (strcmp(command, "set") == 0 && line) {
		char *key = strsep(&line, " ");

		return set(in, key, line ? line : (char[]){""});
	}
	if (strcmp(command, "level") == 0 && line) {
		in->level = atoi(line);
		return "ok";
	}
	if (strcmp(command, "fail") == 0 && line) {
		in->fail_every = atoi(line);
		return "ok";
	}
	if (strcmp(command, "counted") == 0) {
		static char reply[64];

		snprintf(reply, sizeof(reply), "ok %zu", in->counted);
		return reply;
	}
	if (strcmp(command, "metrics") == 0) {
		return print_metrics(in);
	}
	if (strcmp(command, "init") == 0) {
		const char *reply = perform(in, INIT);

		if (in->failed) { // the host forgets such an instance, without an exit
			destroy(in);
		}
		return reply;
	}
	if (strcmp(command, "collect") == 0) {
		return perform(in, COLLECT);
	}
	if (strcmp(command, "pause") == 0) {
		return perform(in, PAUSE);
	}
	if (strcmp(command, "resume") == 0) {
		return perform(in, RESUME);
	}
	if (strcmp(command, "preexit") == 0) {
		return perform(in, PREEXIT);
	}
	if (strcmp(command, "exit") == 0) {
		const char *reply = perform(in, EXIT);

		destroy(in);
		return reply;
	}
	return "error unknown command";
}

int main(int argc, char **argv)
{
	char line[65536];

	if (argc != 4) {
		fprintf(stderr, "usage: host LIBRARY 4.0|4.1 DIRECTORY\n");
		return 2;
	}
	library_path = argv[1];
	with_contexts = strcmp(argv[2], "4.0") != 0;
	directory = argv[3];
	signal(SIGSEGV, host_fault_handler); // before the library comes, as Fluent Bit does
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "quit") == 0) {
			say("ok");
			return 0;
		}
		say("%s", obey(line));
	}
	return 3; // the script must end with quit
}
