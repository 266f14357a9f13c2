// What this library uses of Fluent Bit's C interface, in our own declarations: Fluent Bit installs no
// header for proxy plugins, and the layouts below are those of 4.0 to 5.1.
#ifndef OPENAI_AUDIT_ABI_H
#define OPENAI_AUDIT_ABI_H

#include <stddef.h>
#include <stdint.h>

// oa_api is the table of functions that the host gives an instance. Its first seven slots have stood
// unchanged since 2.0; later hosts append more, which are not used.
struct oa_api {
	const char *(*output_get_property)(const char *key, void *ins);
	const char *(*input_get_property)(const char *key, void *ins);
	void *(*output_get_cmt_instance)(void *ins);
	void *(*input_get_cmt_instance)(void *ins);
	void (*log_print)(int level, const char *file, int line, const char *format, ...);
	int (*input_log_check)(void *ins, int level);
	int (*output_log_check)(void *ins, int level);
};

// oa_definition is what FLBPluginRegister fills in. Later hosts have more fields, for which older ones
// have no memory: they must not be written.
struct oa_definition {
	int type, proxy, flags;
	char *name;
	char *description;
};

// oa_context is the host's record of one input instance, from 4.1 on. Before, the second field is
// another one, which must not be written: see oa_host.contexts.
struct oa_context {
	int coll_fd;
	void *remote_context;
};

// oa_plugin is what FLBPluginInit receives. The host has ONE of these for the whole library and
// overwrites it for each instance, so nothing of it may be read after Init.
struct oa_plugin {
	char *name;
	struct oa_api *api;
	void *ins;
	struct oa_context *context;
	void *callbacks[4]; // init, collect, then collect with context (4.1 on) or cleanup, then one more
};

struct oa_list {
	struct oa_list *prev, *next;
};

// oa_cmt is the begin of an instance's metrics (struct cmt of the host's library cmetrics), and oa_metric that
// of one of its counters (struct cmt_counter). Both are the same in 4.0.14, 4.1.0, 4.2.2, 5.0.0 and 5.1.1.
struct oa_cmt {
	int log_level;
	void *log, *internal_metadata, *external_metadata, *static_labels;
	struct oa_list counters;
};

struct oa_metric {
	char *ns, *subsystem, *name, *help;
	char *full_name; // all but the help, with '_' in between
	int resource_index;
	void *map;
	struct oa_list list; // in the counters of its cmt
	void *cmt;
};

// oa_host is what an instance keeps of its host after Init. A function is NULL where the host has
// none. Nothing here is owned, and nothing is valid after the instance's FLBPluginExit but log_print.
struct oa_host {
	void *ins;
	struct oa_cmt *cmt; // the instance's metrics, NULL without them
	int contexts; // the host gives each input instance a context of its own
	int level;    // highest log level that the instance prints
	void *drained; // the host's counter of records that came out of the ring buffer, NULL where there is none

	const char *(*get_property)(const char *key, void *ins);
	void (*log_print)(int level, const char *file, int line, const char *format, ...);

	int (*log_append)(void *ins, const char *tag, size_t tag_len, const void *buf, size_t size);
	const char *(*input_name)(void *ins);
	void *(*counter_create)(void *cmt, char *ns, char *subsystem, char *name, char *help, int labels,
	                        char **keys);
	int (*counter_set)(void *counter, uint64_t ns, double value, int labels, char **values);
	int (*counter_get)(void *counter, int labels, char **values, double *value);
	void *(*gauge_create)(void *cmt, char *ns, char *subsystem, char *name, char *help, int labels,
	                      char **keys);
	int (*gauge_set)(void *gauge, uint64_t ns, double value, int labels, char **values);
	void *(*buckets_create)(double *bounds, size_t count);
	void *(*histogram_create)(void *cmt, char *ns, char *subsystem, char *name, char *help,
	                          void *buckets, int labels, char **keys);
	int (*histogram_set)(void *histogram, uint64_t ns, uint64_t *cumulative, double sum, uint64_t count,
	                     int labels, char **values);
};

// oa_host_open fills host from the plugin struct of a running FLBPluginInit and from what the
// executable exports.
void oa_host_open(struct oa_host *host, const struct oa_plugin *plugin);

// oa_set_context makes the host pass id to the callbacks of the instance that is being initialised.
// Only for a host with contexts.
void oa_set_context(struct oa_plugin *plugin, uintptr_t id);

// oa_get_property returns a property's value, owned by the host, or NULL. Only during Init.
const char *oa_get_property(const struct oa_host *host, const char *key);

const char *oa_input_name(const struct oa_host *host);
void oa_log(const struct oa_host *host, int level, const char *text);
int oa_append(const struct oa_host *host, const void *records, size_t size);

// Metrics. The host copies every string.
void *oa_counter(const struct oa_host *host, char *name, char *help, int labels, char **keys);
void *oa_gauge(const struct oa_host *host, char *name, char *help, int labels, char **keys);
void *oa_histogram(const struct oa_host *host, char *name, char *help, double *bounds, size_t count,
                   int labels, char **keys);

// oa_find_drained finds the host's counter of the instance's records. own is any counter that was made
// with oa_counter. Only during Init.
void oa_find_drained(struct oa_host *host, const void *own);

// oa_drained sets out to the value of that counter, and returns 0 where there is none. From any thread, until
// FLBPluginExit.
int oa_drained(const struct oa_host *host, double *out);

void oa_counter_set(const struct oa_host *host, void *counter, uint64_t ns, double value, int labels,
                    char **values);
void oa_gauge_set(const struct oa_host *host, void *gauge, uint64_t ns, double value, int labels,
                  char **values);
void oa_histogram_set(const struct oa_host *host, void *histogram, uint64_t ns, uint64_t *cumulative,
                      double sum, uint64_t count, int labels, char **values);

// oa_keep_faults sees to it that a fault in Go code stays a Go panic. See abi.c.
void oa_keep_faults(void);

#endif
