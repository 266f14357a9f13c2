package catalog

// keyRows are the types on keys, certificates, storage and ways in.
func keyRows() []row {
	return []row{
		{
			"api_key.created", "API Key", EntityCreate, "", Low, RaiseScopes, Success, IAM, Creation,
			"created an API key", "An admin key, or one with all scopes, can do more than most need.",
			"id data.scopes",
		},
		{
			"api_key.deleted", "API Key", EntityDelete, "", Info, RaiseNothing, Success, IAM, Deletion,
			"deleted an API key", "",
			"id",
		},
		{
			"api_key.updated", "API Key", EntityUpdate, "", Low, RaiseScopes, Success, IAM, Change,
			"changed an API key", "",
			"id changes_requested.scopes changes_requested.name",
		},
		{
			"certificate.created", "Certificate", EntityCreate, "", Medium, RaiseNothing, Success, Configuration, Creation,
			"created a certificate", "",
			"id name",
		},
		{
			"certificate.deleted", "Certificate", EntityDelete, "", Medium, RaiseNothing, Success, Configuration, Deletion,
			"deleted a certificate", "The payload holds the whole certificate.",
			"id name certificate",
		},
		{
			"certificate.updated", "Certificate", EntityUpdate, "", Medium, RaiseNothing, Success, Configuration, Change,
			"changed a certificate", "",
			"id name",
		},
		{
			"certificates.activated", "Certificate", EntityActivate, "", Medium, RaiseNothing, Success, Configuration, Change,
			"activated certificates", "Mutual TLS is in force.",
			"certificates[].id certificates[].name",
		},
		{
			"certificates.deactivated", "Certificate", EntityDeactivate, "", High, RaiseNothing, Success, Configuration, Change,
			"deactivated certificates", "Mutual TLS is no longer asked for.",
			"certificates[].id certificates[].name",
		},
		{
			"checkpoint.permission.created", "Checkpoint Permission", EntityCreate, "", Medium, RaiseNothing, Success, IAM, Creation,
			"shared a fine-tuned checkpoint with a project", "A model that was tuned on own data is shared with another project.",
			"id data.project_id data.fine_tuned_model_checkpoint",
		},
		{
			"checkpoint.permission.deleted", "Checkpoint Permission", EntityDelete, "", Info, RaiseNothing, Success, IAM, Deletion,
			"ended the sharing of a fine-tuned checkpoint", "",
			"id",
		},
		{
			"external_key.registered", "External Key", EntityEnroll, "", Medium, RaiseNothing, Success, Configuration, Creation,
			"registered a customer-held encryption key", "The key lies with the customer; data is encrypted with it from now on.",
			"id data",
		},
		{
			"external_key.removed", "External Key", EntityUnenroll, "", High, RaiseNothing, Success, Configuration, Deletion,
			"removed a customer-held encryption key", "Data may become unreadable, or fall back to keys of OpenAI's.",
			"id",
		},
		{
			"external_storage.registered", "External Storage", EntityEnroll, "", High, RaiseNothing, Success, Configuration, Creation,
			"registered a storage outside OpenAI", "Data leaves for a bucket: provider, region, account and role stand in the payload.",
			"id data.geography data.provider.type data.provider.bucket data.provider.region data.provider.account_id data.provider.external_id data.provider.role_arn data.provider.account_name data.provider.container data.provider.resource_group data.provider.subscription_id data.provider.tenant_id data.provider.audience",
		},
		{
			"external_storage.removed", "External Storage", EntityUnenroll, "", Medium, RaiseNothing, Success, Configuration, Deletion,
			"removed a storage outside OpenAI", "Data that went to the bucket goes there no more.",
			"id",
		},
		{
			"tunnel.created", "Tunnel", EntityCreate, "", Medium, RaiseNothing, Success, Configuration, Creation,
			"created a tunnel", "A way from outside to MCP servers within.",
			"",
		},
		{
			"tunnel.deleted", "Tunnel", EntityDelete, "", Low, RaiseNothing, Success, Configuration, Deletion,
			"deleted a tunnel", "",
			"",
		},
		{
			"tunnel.updated", "Tunnel", EntityUpdate, "", Medium, RaiseNothing, Success, Configuration, Change,
			"changed a tunnel", "A way from outside to MCP servers within.",
			"",
		},
		{
			"workload_identity_provider.created", "Workload Identity Provider", EntityCreate, "", High, RaiseNothing, Success, Configuration | IAM, Creation,
			"created a workload identity provider", "Who holds a token of that issuer can act in the organization.",
			"id data",
		},
		{
			"workload_identity_provider.deleted", "Workload Identity Provider", EntityDelete, "", Low, RaiseNothing, Success, Configuration | IAM, Deletion,
			"deleted a workload identity provider", "",
			"id name",
		},
		{
			"workload_identity_provider.updated", "Workload Identity Provider", EntityUpdate, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"changed a workload identity provider", "",
			"id changes_requested",
		},
		{
			"workload_identity_provider_mapping.created", "Workload Identity Mapping", EntityCreate, "", Medium, RaiseNothing, Success, Configuration | IAM, Creation,
			"created a workload identity mapping", "",
			"id identity_provider_id data",
		},
		{
			"workload_identity_provider_mapping.deleted", "Workload Identity Mapping", EntityDelete, "", Low, RaiseNothing, Success, Configuration | IAM, Deletion,
			"deleted a workload identity mapping", "",
			"id identity_provider_id project_id service_account_id",
		},
		{
			"workload_identity_provider_mapping.updated", "Workload Identity Mapping", EntityUpdate, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"changed a workload identity mapping", "",
			"id identity_provider_id changes_requested",
		},
	}
}
