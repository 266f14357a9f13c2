package catalog

// An Activity is OCSF's type_uid: a class's number times a hundred and the activity's number within the
// class.
type Activity uint32

// Activities of 1.9.0, Unknown first.
const (
	Unknown Activity = 0 // of the base event

	AuthLogon  Activity = 300201
	AuthLogoff Activity = 300202
	AuthOther  Activity = 300299

	EntityUnknown    Activity = 300400
	EntityCreate     Activity = 300401
	EntityRead       Activity = 300402
	EntityUpdate     Activity = 300403
	EntityDelete     Activity = 300404
	EntityMove       Activity = 300405
	EntityEnroll     Activity = 300406
	EntityUnenroll   Activity = 300407
	EntityEnable     Activity = 300408
	EntityDisable    Activity = 300409
	EntityActivate   Activity = 300410
	EntityDeactivate Activity = 300411
	EntityOther      Activity = 300499

	GroupAddUser     Activity = 300603
	GroupRemoveUser  Activity = 300604
	GroupDelete      Activity = 300605
	GroupCreate      Activity = 300606
	GroupUpdate      Activity = 300609
	GroupAssignRoles Activity = 300612
	GroupRemoveRoles Activity = 300613

	UserCreate      Activity = 300701
	UserUpdate      Activity = 300702
	UserDelete      Activity = 300703
	UserAssignRoles Activity = 300716
	UserRemoveRoles Activity = 300717

	RoleCreate          Activity = 300801
	RoleUpdate          Activity = 300802
	RoleDelete          Activity = 300803
	RoleAssignResources Activity = 300806
	RoleRemoveResources Activity = 300807

	APIUnknown Activity = 600300
	APICreate  Activity = 600301
	APIRead    Activity = 600302
	APIUpdate  Activity = 600303
	APIDelete  Activity = 600304
	APIOther   Activity = 600399
)

// Activities that take the place of newer ones in 1.8.0.
const (
	AccountCreate         Activity = 300101
	AccountDelete         Activity = 300106
	AccountOther          Activity = 300199
	AccessAssign          Activity = 300501
	AccessRevoke          Activity = 300502
	GroupAssignPrivileges Activity = 300601
	GroupRevokePrivileges Activity = 300602
	GroupOther            Activity = 300699
)

// Class returns the number of the activity's class.
func (a Activity) Class() int { return int(a / 100) }

// ID returns the activity's number within its class; 99 is another one, which its type's Verb names.
func (a Activity) ID() int { return int(a % 100) }

// Category returns the number and the name of the category of the activity's class.
func (a Activity) Category() (uid int, name string) {
	switch a.Class() {
	case 0:
		return 0, "Uncategorized"
	case 6003:
		return 6, "Application Activity"
	}
	return 3, "Identity & Access Management"
}

// ClassName returns the name of the activity's class.
func (a Activity) ClassName() string {
	switch a.Class() {
	case 3001:
		return "Account Change"
	case 3002:
		return "Authentication"
	case 3004:
		return "Entity Management"
	case 3005:
		return "User Access Management"
	case 3006:
		return "Group Management"
	case 3007:
		return "User Management"
	case 3008:
		return "Role Management"
	case 6003:
		return "API Activity"
	}
	return "Base Event"
}

// Name returns the activity's name in OCSF; that of another one is "Other".
func (a Activity) Name() string {
	switch a {
	case AuthLogon:
		return "Logon"
	case AuthLogoff:
		return "Logoff"
	case EntityCreate, GroupCreate, UserCreate, RoleCreate, AccountCreate, APICreate:
		return "Create"
	case EntityRead, APIRead:
		return "Read"
	case EntityUpdate, GroupUpdate, UserUpdate, RoleUpdate, APIUpdate:
		return "Update"
	case EntityDelete, GroupDelete, UserDelete, RoleDelete, AccountDelete, APIDelete:
		return "Delete"
	case EntityMove:
		return "Move"
	case EntityEnroll:
		return "Enroll"
	case EntityUnenroll:
		return "Unenroll"
	case EntityEnable:
		return "Enable"
	case EntityDisable:
		return "Disable"
	case EntityActivate:
		return "Activate"
	case EntityDeactivate:
		return "Deactivate"
	case GroupAddUser:
		return "Add User"
	case GroupRemoveUser:
		return "Remove User"
	case GroupAssignRoles, UserAssignRoles:
		return "Assign Roles"
	case GroupRemoveRoles, UserRemoveRoles:
		return "Remove Roles"
	case RoleAssignResources:
		return "Assign Resources"
	case RoleRemoveResources:
		return "Remove Resources"
	case AccessAssign, GroupAssignPrivileges:
		return "Assign Privileges"
	case AccessRevoke, GroupRevokePrivileges:
		return "Revoke Privileges"
	case EntityOther, AccountOther, GroupOther, AuthOther, APIOther:
		return "Other"
	}
	return "Unknown"
}

// OfAPI returns what of the class API Activity an activity of an entity is.
func (a Activity) OfAPI() Activity {
	switch a {
	case EntityUnknown:
		return APIUnknown
	case EntityCreate:
		return APICreate
	case EntityRead:
		return APIRead
	case EntityDelete:
		return APIDelete
	case EntityOther:
		return APIOther
	default:
		return APIUpdate
	}
}

// In18 returns what stands for the activity in 1.8.0, which has no classes for users and roles of their own.
func (a Activity) In18() Activity {
	switch a {
	case UserCreate:
		return AccountCreate
	case UserUpdate:
		return AccountOther
	case UserDelete:
		return AccountDelete
	case UserAssignRoles:
		return AccessAssign
	case UserRemoveRoles:
		return AccessRevoke
	case GroupUpdate:
		return GroupOther
	case GroupAssignRoles:
		return GroupAssignPrivileges
	case GroupRemoveRoles:
		return GroupRevokePrivileges
	case RoleCreate:
		return EntityCreate
	case RoleUpdate, RoleAssignResources, RoleRemoveResources:
		return EntityUpdate
	case RoleDelete:
		return EntityDelete
	default:
		return a
	}
}
