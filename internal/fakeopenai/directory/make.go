package directory

import (
	"fmt"
	"strings"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
)

// Person is somebody of the organization.
type Person struct{ ID, Email string }

// Project is a project of the organization.
type Project struct{ ID, Name string }

// Options describe an organization's objects.
type Options struct {
	Seed     uint64
	Created  int64 // when it all began, Unix seconds
	People   []Person
	Projects []Project
	Keys     []string // ids of keys that are known, for the first projects

	// How many there are in each project. The zero value of each is the usual.
	Members, ServiceAccounts, APIKeys, RateLimits int
}

// builder fills a directory.
type builder struct {
	*Directory
	dice dice.Dice
	opts Options
	now  int64
}

// New makes an organization's objects.
func New(opts Options) *Directory {
	usual := func(n *int, of int) {
		if *n == 0 {
			*n = of
		}
	}
	usual(&opts.Members, 5)
	usual(&opts.ServiceAccounts, 2)
	usual(&opts.APIKeys, 4)
	usual(&opts.RateLimits, len(models()))
	b := &builder{
		Directory: &Directory{lists: make(map[string][]Object)}, dice: dice.Dice(dice.Mix(opts.Seed + 0x646972)), opts: opts, now: opts.Created,
	}
	b.people()
	b.groups()
	b.settings()
	for i, p := range opts.Projects {
		b.project(i, p)
	}
	return b.Directory
}

// time returns a time a little later than the one before.
func (b *builder) time() int64 {
	b.now += int64(b.dice.Intn(600))
	return b.now
}

// key returns a key as the API shows it.
func (b *builder) key(kind string) string {
	return "sk-" + kind + "..." + b.dice.Token(4)
}

func name(p Person) string {
	local, _, _ := strings.Cut(p.Email, "@")
	return strings.ReplaceAll(local, ".", " ")
}

func (b *builder) people() {
	for i, p := range b.opts.People {
		b.put("/organization/users", Object{
			"object": "organization.user", "id": p.ID, "name": name(p), "email": p.Email, "role": b.dice.Pick("reader", "reader", "owner"),
			"added_at": b.time(), "is_service_account": false, "is_scim_managed": i%2 == 0,
		})
		if i%20 == 0 {
			b.put("/organization/invites", Object{
				"object": "organization.invite", "id": "invite-" + b.dice.Token(24), "email": "new" + p.Email, "role": "reader",
				"status": b.dice.Pick("pending", "accepted", "expired"), "created_at": b.time(), "expires_at": b.now + 604800, "projects": []any{},
			})
		}
		if i%15 == 0 {
			b.put("/organization/admin_api_keys", Object{
				"object": "organization.admin_api_key", "id": "key_" + b.dice.Token(16), "name": "automation " + fmt.Sprint(i),
				"redacted_value": b.key("admin"), "created_at": b.time(), "last_used_at": b.time(), "expires_at": nil,
				"owner": Object{"type": "user", "object": "organization.user", "id": p.ID, "name": name(p), "role": "owner", "created_at": b.now},
			})
		}
		b.put("/organization/users/"+p.ID+"/roles", b.role("reader"))
	}
}

// role returns a role.
func (b *builder) role(name string) Object {
	return Object{
		"object": "role", "id": "role_" + b.dice.Token(20), "name": name, "description": nil, "predefined_role": name == "reader",
		"permissions": []string{"api.groups.read", "api.model.request"}, "resource_type": "organization",
	}
}

func (b *builder) groups() {
	for i, title := range []string{"engineering", "security", "contractors"} {
		id := "group_" + b.dice.Token(20)
		b.put("/organization/groups", Object{
			"object": "group", "id": id, "name": title, "group_type": "group", "is_scim_managed": i == 0, "created_at": b.time(),
		})
		for j, p := range b.opts.People {
			if j%3 == i {
				b.put("/organization/groups/"+id+"/users", Object{"id": p.ID, "name": name(p), "email": p.Email})
			}
		}
		b.put("/organization/groups/"+id+"/roles", b.role("member"))
	}
}

// settings are the objects of which an organization has few.
func (b *builder) settings() {
	for _, title := range []string{"reader", "owner", "billing"} {
		b.put("/organization/roles", b.role(title))
	}
	b.put("/organization/certificates", Object{
		"object": "organization.certificate", "id": "cert_" + b.dice.Token(24), "name": "gateway", "active": true, "created_at": b.time(),
		"certificate_details": Object{"valid_at": b.now, "expires_at": b.now + 31536000},
	})
	b.put("/organization/spend_alerts", b.spendAlert("organization"))
	b.put("/organization/external_keys", Object{
		"object": "organization.external_key", "id": "extkey_" + b.dice.Token(20), "type": "aws", "name": "kms", "created_at": b.time(),
		"workspace_id": nil, "api_project_ids": []string{}, "kms_arn": "arn:aws:kms:eu-central-1:000000000000:key/simulated", "purpose": "ekm",
	})
	b.put("/organization/external_storage", Object{
		"object": "organization.external_storage", "id": "storage_" + b.dice.Token(20), "project_id": b.anyProject(), "geography": "EU",
		"status": "validated", "created_at": b.time(), "provider": Object{"type": "aws", "bucket": "simulated"},
	})
	provider := "wip_" + b.dice.Token(20)
	b.put("/organization/workload_identity_providers", Object{
		"object": "workload_identity_provider", "id": provider, "type": "oidc", "name": "ci", "description": nil,
		"issuer": "https://token.example.com", "audience": "openai", "enabled": true, "attribute_transformations": []any{},
		"verification": Object{"type": "discovery", "discovery_url": nil}, "created_at": b.time(), "updated_at": b.now,
	})
	b.put("/organization/workload_identity_providers/"+provider+"/federation_rules", Object{
		"object": "workload_identity_provider.federation_rule", "id": "wipm_" + b.dice.Token(20), "workload_identity_provider_id": provider,
		"project_id": b.anyProject(), "service_account_id": "svc_acct_" + b.dice.Token(24), "enabled": true, "name": "deploy",
		"description": nil, "attribute_matchers": Object{"repository": "example/app"}, "created_at": b.time(), "updated_at": b.now,
		"permissions": Object{"type": "service_account_default"},
	})
	b.put("/organization/data_retention", Object{"object": "organization.data_retention", "type": "modified_abuse_monitoring"})
	b.put("/organization/spend_limit", spendLimit("organization", 1000000))
}

func (b *builder) anyProject() string {
	if len(b.opts.Projects) == 0 {
		return ""
	}
	return b.opts.Projects[b.dice.Intn(len(b.opts.Projects))].ID
}

func (b *builder) spendAlert(of string) Object {
	return Object{
		"object": of + ".spend_alert", "id": "alert_" + b.dice.Token(16), "threshold_amount": 1000 * (1 + b.dice.Intn(99)), "currency": "USD",
		"interval": "month", "notification_channel": Object{"type": "email", "recipients": []string{"finance@corp.example.com"}},
	}
}

func spendLimit(of string, amount int) Object {
	return Object{
		"object": of + ".spend_limit", "threshold_amount": amount, "currency": "USD", "interval": "month",
		"enforcement": Object{"status": "inactive"},
	}
}

// archivedEvery is how often a project is an archived one.
const archivedEvery = 10

func (b *builder) project(n int, p Project) {
	o := Object{
		"object": "organization.project", "id": p.ID, "name": p.Name, "created_at": b.time(), "archived_at": nil, "status": "active",
		"external_key_id": nil, "residency": "GLOBAL",
	}
	if n%archivedEvery == archivedEvery-1 {
		o["status"], o["archived_at"] = "archived", b.time()
	}
	b.put("/organization/projects", o)
	base := "/organization/projects/" + p.ID + "/"
	for i := range min(b.opts.Members, len(b.opts.People)) {
		who := b.opts.People[(n*b.opts.Members+i)%len(b.opts.People)]
		b.put(base+"users", Object{
			"object": "organization.project.user", "id": who.ID, "name": name(who), "email": who.Email, "role": b.dice.Pick("member", "owner"),
			"added_at": b.time(),
		})
	}
	for i := range b.opts.ServiceAccounts {
		b.put(base+"service_accounts", Object{
			"object": "organization.project.service_account", "id": "svc_acct_" + b.dice.Token(24), "name": fmt.Sprintf("service %d", i),
			"role": "member", "created_at": b.time(),
		})
	}
	b.apiKeys(n, base)
	b.projectSettings(n, p, base)
}

func (b *builder) apiKeys(n int, base string) {
	for i := range b.opts.APIKeys {
		id := "key_" + b.dice.Token(16)
		if known := n*b.opts.APIKeys + i; known < len(b.opts.Keys) {
			id = b.opts.Keys[known]
		}
		owner := Object{"type": "service_account", "service_account": Object{
			"object": "organization.project.service_account", "id": "svc_acct_" + b.dice.Token(24), "name": "service", "role": "member",
			"created_at": b.time(),
		}}
		if people := b.opts.People; i%2 == 0 && len(people) > 0 {
			who := people[b.dice.Intn(len(people))]
			owner = Object{"type": "user", "user": Object{
				"object": "organization.project.user", "id": who.ID, "name": name(who), "email": who.Email, "role": "member", "created_at": b.time(),
			}}
		}
		b.put(base+"api_keys", Object{
			"object": "organization.project.api_key", "id": id, "name": b.dice.Pick("ci", "production", "notebook", "evaluation"),
			"redacted_value": b.key(b.dice.Token(3)), "created_at": b.time(), "last_used_at": b.time(), "expires_at": nil,
			"owner_project_access": b.dice.Pick("active", "active", "inactive"), "owner": owner,
		})
	}
}

func (b *builder) projectSettings(n int, p Project, base string) {
	for _, model := range models()[:min(b.opts.RateLimits, len(models()))] {
		b.put(base+"rate_limits", Object{
			"object": "project.rate_limit", "id": "rl-" + model, "model": model, "max_requests_per_1_minute": 500 * (1 + b.dice.Intn(9)),
			"max_tokens_per_1_minute": 30000 * (1 + b.dice.Intn(9)),
		})
	}
	for _, g := range b.lists["/organization/groups"][:1] {
		b.put(base+"groups", Object{
			"object": "project.group", "project_id": p.ID, "group_id": g["id"], "group_name": g["name"], "group_type": "group",
			"created_at": b.time(),
		})
	}
	for _, title := range []string{"member", "owner"} {
		b.put("/projects/"+p.ID+"/roles", b.role(title))
	}
	if n%4 == 0 {
		b.put(base+"spend_alerts", b.spendAlert("project"))
		b.put(base+"spend_limit", spendLimit("project", 5000))
	}
	b.put(base+"data_retention", Object{"object": "project.data_retention", "type": "organization_default"})
	b.put(base+"model_permissions", Object{"object": "project.model_permissions", "mode": "deny_list", "model_ids": []string{"gpt-4"}})
	b.put(base+"hosted_tool_permissions", Object{
		"file_search": Object{"enabled": true}, "web_search": Object{"enabled": true}, "image_generation": Object{"enabled": true},
		"mcp": Object{"enabled": n%3 == 0}, "code_interpreter": Object{"enabled": true},
	})
	b.put(base+"service_tier_settings", Object{"object": "project.service_tier_settings", "default": "standard", "enabled_tiers": "all"})
}

// models returns those that have a rate limit.
func models() []string {
	return []string{
		"gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-4.1", "gpt-4.1-mini", "gpt-4o", "gpt-4o-mini", "o3", "o4-mini", "text-embedding-3-large",
		"text-embedding-3-small", "gpt-image-1", "whisper-1", "tts-1", "omni-moderation-latest", "gpt-realtime",
	}
}
