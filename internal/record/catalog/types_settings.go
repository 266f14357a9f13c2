package catalog

// settingRows are the types on the organization, its projects, limits and allow lists.
func settingRows() []row {
	return []row{
		{
			"ip_allowlist.config.activated", NetworkZone, EntityActivate, "", Medium, RaiseNothing, Success, Configuration, Change,
			"put IP allow lists in force", "",
			"configs[].id configs[].name",
		},
		{
			"ip_allowlist.config.deactivated", NetworkZone, EntityDeactivate, "", High, RaiseNothing, Success, Configuration, Change,
			"put IP allow lists out of force", "Requests are accepted from addresses that the lists kept out.",
			"configs[].id configs[].name",
		},
		{
			"ip_allowlist.created", NetworkZone, EntityCreate, "", Medium, RaiseOpen, Success, Configuration, Creation,
			"created an IP allow list", "",
			"id name allowed_ips",
		},
		{
			"ip_allowlist.deleted", NetworkZone, EntityDelete, "", High, RaiseNothing, Success, Configuration, Deletion,
			"deleted an IP allow list", "Requests are accepted from addresses that the list kept out.",
			"id name allowed_ips",
		},
		{
			"ip_allowlist.updated", NetworkZone, EntityUpdate, "", Medium, RaiseOpen, Success, Configuration, Change,
			"changed an IP allow list", "",
			"id allowed_ips",
		},
		{
			"organization.updated", Organization, EntityUpdate, "", Medium, RaiseLogging, Success, Configuration, Change,
			"changed the organization", "",
			"id changes_requested.title changes_requested.description changes_requested.name changes_requested.threads_ui_visibility changes_requested.usage_dashboard_visibility changes_requested.api_call_logging changes_requested.api_call_logging_project_ids",
		},
		{
			"project.archived", Project, EntityDisable, "", Medium, RaiseNothing, Success, Configuration, Change,
			"archived a project", "An archived project stays, and can be used no more.",
			"id",
		},
		{
			"project.created", Project, EntityCreate, "", Info, RaiseNothing, Success, Configuration, Creation,
			"created a project", "",
			"id data.name data.title",
		},
		{
			"project.deleted", Project, EntityDelete, "", High, RaiseNothing, Success, Configuration, Deletion,
			"deleted a project", "What the project held is gone.",
			"id",
		},
		{
			"project.updated", Project, EntityUpdate, "", Info, RaiseNothing, Success, Configuration, Change,
			"changed a project", "",
			"id changes_requested.title",
		},
		{
			"rate_limit.deleted", "Rate Limit", EntityDelete, "", Low, RaiseNothing, Success, Configuration, Deletion,
			"set a rate limit back to its default", "",
			"id",
		},
		{
			"rate_limit.updated", "Rate Limit", EntityUpdate, "", Low, RaiseNothing, Success, Configuration, Change,
			"changed a rate limit", "The old value is not told: raised or lowered shows only beside the event before.",
			"id changes_requested.max_requests_per_1_minute changes_requested.max_tokens_per_1_minute changes_requested.max_images_per_1_minute changes_requested.max_audio_megabytes_per_1_minute changes_requested.max_requests_per_1_day changes_requested.batch_1_day_max_input_tokens",
		},
		{
			"resource.deleted", "Resource", EntityDelete, "", Low, RaiseNothing, Success, Configuration, Deletion,
			"deleted a resource", "",
			"",
		},
	}
}
