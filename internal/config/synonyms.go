package config

import (
	"strings"
)

// synonymTable maps properties, or two of them where a word may mean either, to the names that other
// tools have for the same thing. No name stands in it twice.
func synonymTable() map[string]string {
	return map[string]string{
		"api_key": "key token admin_key openai_api_key openai_admin_key openai_key admin_api_key api_token admin_token " +
			"auth_token access_token bearer bearer_token secret secret_key password passwd credential credentials authorization api",
		"api_key_file": "keyfile token_file api_key_path admin_key_file admin_key_path api_token_file key_path secret_file " +
			"credentials_file openai_admin_key_file openai_api_key_file",
		"api_key_file|client_key_file": "key_file",
		"base_url": "url uri api_url base_uri server address endpoint api_base api_endpoint api_host api_server openai_base_url " +
			"openai_api_base host_url base",
		"insecure_http": "http insecure allow_http allow_insecure plain_http plaintext allow_plaintext use_http",
		"ca_file": "ca cafile ca_cert ca_cert_file ca_bundle ca_path ca_certs cacert ca_certificate root_ca trusted_ca tls_ca_file " +
			"tls_ca ssl_ca verify tls_verify ssl_verify verify_ssl verify_tls skip_verify tls_skip_verify insecure_skip_verify " +
			"insecure_tls ssl_verify_peer",
		"organization": "org org_id organization_id organisation organisation_id openai_org openai_org_id openai_organization " +
			"organizations orgs",
		"scope": "stream streams tenant tenants tenant_only include_tenant tenant_events scopes",
		"start_from": "start since from start_time start_at start_date starttime from_time from_date backfill lookback look_back " +
			"history read_from_head read_from initial initial_lookback begin begin_at start_position startup",
		"poll_interval": "interval poll polling polling_interval polling_frequency poll_period poll_frequency poll_every period " +
			"frequency refresh refresh_interval scan_interval check_interval pull_interval fetch_interval interval_sec interval_nsec " +
			"interval_seconds interval_ms schedule",
		"overlap":        "overlap_window overlap_time late late_window lateness safety_window reread",
		"sweep_interval": "sweep sweep_period sweep_every sweep_frequency sweeps",
		"sweep_window":   "window sweep_range sweep_depth sweep_lookback sweep_age",
		"event_types": "types type event events event_name event_names include includes include_types include_event_types " +
			"include_events filter_types filter_event_types allow_types allowlist",
		"project_ids":  "project projects project_filter include_projects",
		"actor_ids":    "actor actors user user_id user_ids users actor_filter",
		"actor_emails": "email emails mail user_email user_emails actor_mail actor_mails actors_email actors_emails",
		"resource_ids": "resource target_ids targets",
		"exclude_event_types": "exclude excludes exclude_types exclude_type exclude_event exclude_events excluded_event_types ignore " +
			"ignore_types ignore_event_types ignore_events drop drop_types drop_event_types drop_events skip_types skip_event_types deny " +
			"denylist deny_types blacklist except",
		"format":       "output_format schema record_format log_format format_type formats ecs ocsf style",
		"payload_key":  "payload details payload_name payload_field event_key details_key key_style dots replace_dots dot_replacement",
		"metadata":     "meta record_metadata metadata_key metadata_in include_metadata with_metadata metadata_placement",
		"ocsf_version": "schema_version version ocsf_schema_version ocsf_schema",
		"include_original": "original raw_data keep_original preserve_original_event preserve_original include_raw original_event " +
			"event_original keep_raw add_original",
		"redact": "redaction mask masking mask_fields redact_fields redact_paths remove_fields drop_fields hash_fields hash " +
			"anonymize pseudonymize scrub remove remove_key remove_keys pii",
		"redact_key_file": "redact_key hash_key hash_key_file hmac_key hmac_key_file redaction_key redaction_key_file salt salt_file " +
			"pepper",
		"db": "database db_path db_file dbfile dbpath database_file database_path state state_file state_path state_db state_dir " +
			"checkpoint checkpoint_file cursor cursor_file position_file pos_file offset_file db.sync db.locking " +
			"db.journal_mode path",
		"storage_path": "storage.path storage_dir storage_folder buffer_path buffer_dir",
		"page_size":    "limit page page_limit per_page batch batch_size max_page_size",
		"concurrency":  "workers worker threads parallel parallelism max_concurrency max_workers concurrent jobs",
		"max_requests_per_minute": "rate rate_limit request_rate requests rpm max_rpm max_requests requests_per_minute " +
			"requests_per_min max_requests_per_min max_requests_per_second requests_per_second",
		"request_timeout": "timeout http_timeout read_timeout connect_timeout connection_timeout response_timeout client_timeout " +
			"timeout_sec request",
		"max_body_size": "body body_size body_limit max_body max_body_bytes max_response_size response_limit max_size " +
			"buffer_max_size max_content_length",
		"queue_size": "queue queue_limit queue_bytes max_queue max_queue_size buffer buffer_size buffer_limit buffer_chunk_size",
		"proxy": "proxy_url proxy_uri http_proxy https_proxy all_proxy proxy_host proxy_server proxy_address socks_proxy " +
			"socks5_proxy",
		"client_cert_file": "cert cert_file crt_file certificate certificate_file client_cert client_cert_path client_crt " +
			"client_crt_file client_certificate client_certificate_file tls_cert_file tls_crt_file ssl_cert",
		"client_key_file":    "client_key client_key_path private_key private_key_file tls_key_file ssl_key",
		"heartbeat_interval": "heartbeat heartbeats heartbeat_period heartbeat_every keepalive keep_alive ping_interval alive_interval",
	}
}

// synonyms maps each synonym to the properties it may mean.
func synonyms() map[string][]string {
	m := map[string][]string{}
	for meant, list := range synonymTable() {
		for name := range strings.FieldsSeq(list) {
			m[name] = strings.Split(meant, "|")
		}
	}
	return m
}

// wantsNoVerification reports whether a name is that of a switch that other tools have to accept any
// certificate, and that this one does without.
func wantsNoVerification(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "verify") || name == "insecure_tls"
}
