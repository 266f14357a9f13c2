//go:build linux

package e2e_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// dockerfile is a Dockerfile, as far as ours needs one: its stages are run without a container, in a folder that stands
// for its root.
type dockerfile struct {
	stages []stage
}

// stage is what follows one FROM.
type stage struct {
	name  string
	steps []step
}

// step is one instruction.
type step struct {
	name  string
	flags map[string]string // --chown=…; of several with one name the last
	text  string            // what follows the flags
}

func readDockerfile(t *testing.T, file string) dockerfile {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			lines = append(lines, strings.TrimRight(line, " \n"))
		}
	}
	var d dockerfile
	for _, line := range strings.Split(strings.ReplaceAll(strings.Join(lines, "\n"), "\\\n", ""), "\n") {
		name, rest, _ := strings.Cut(line, " ")
		s := step{name: name, flags: map[string]string{}, text: strings.TrimSpace(rest)}
		for strings.HasPrefix(s.text, "--") {
			flag, after, _ := strings.Cut(s.text, " ")
			key, value, _ := strings.Cut(flag, "=")
			s.flags[key], s.text = value, strings.TrimSpace(after)
		}
		switch {
		case name == "":
		case name == "FROM":
			_, as, _ := strings.Cut(s.text, " AS ")
			d.stages = append(d.stages, stage{name: as})
		case len(d.stages) > 0:
			last := &d.stages[len(d.stages)-1]
			last.steps = append(last.steps, s)
		}
	}
	return d
}

// builder runs the steps of a stage below root.
type builder struct {
	t       *testing.T
	root    string   // stands for /
	context string   // folder of the files that are built from
	files   []string // those files, relative to it
	dirs    []string // absolute paths, as the Dockerfile has them, that lie below root
	args    map[string]string
	workdir string
}

// build runs the steps, all but those that only matter to a container, and returns these.
func (b *builder) build(s stage) (rest []step) {
	b.t.Helper()
	for _, step := range s.steps {
		switch step.name {
		case "ARG":
			name, value, _ := strings.Cut(step.text, "=")
			if _, given := b.args[name]; !given {
				b.args[name] = value
			}
		case "WORKDIR":
			b.workdir = step.text
			b.mkdir(b.place(step.text))
		case "COPY":
			b.copy(step)
		case "RUN":
			b.run(step.text)
		default:
			rest = append(rest, step)
		}
	}
	return rest
}

// place returns where a path of the Dockerfile lies.
func (b *builder) place(p string) string {
	if !path.IsAbs(p) {
		p = path.Join(b.workdir, p)
	}
	return filepath.Join(b.root, p)
}

func (b *builder) run(command string) {
	b.t.Helper()
	inside := regexp.MustCompile(`(^|[\s"=])(/(?:` + strings.Join(b.dirs, "|") + `)\b)`)
	command = inside.ReplaceAllString(command, "${1}"+b.root+"${2}")
	cmd := exec.CommandContext(b.t.Context(), "sh", "-ec", command)
	cmd.Dir = b.place(".")
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "MAKE") && !strings.HasPrefix(v, "MFLAGS=") && !strings.HasPrefix(v, "FLUENT_BIT=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.args)) {
		cmd.Env = append(cmd.Env, name+"="+b.args[name])
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("RUN %s: %v\n%s", command, err, out)
	}
}

// copy copies files as COPY does: a folder's contents, and into a folder where the target ends in a slash.
func (b *builder) copy(s step) {
	b.t.Helper()
	words := strings.Fields(s.text)
	from, target := words[:len(words)-1], words[len(words)-1]
	for _, source := range from {
		base, names := b.context, b.files
		if s.flags["--from"] != "" {
			base, names = b.root, below(b.t, b.root)
			source = strings.TrimPrefix(source, "/")
		}
		source = path.Clean(source)
		found := false
		for _, name := range names {
			rel, inside := strings.CutPrefix(name, source+"/")
			switch {
			case source == ".":
				rel = path.Join(target, name)
			case inside:
				rel = path.Join(target, rel)
			case name == source && strings.HasSuffix(target, "/"):
				rel = path.Join(target, path.Base(name))
			case name == source:
				rel = target
			default:
				continue
			}
			found = true
			b.copyFile(filepath.Join(base, name), b.place(rel))
		}
		if !found {
			b.t.Fatalf("COPY %s: there is no %s", s.text, source)
		}
	}
}

func (b *builder) copyFile(from, to string) {
	b.t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		b.t.Fatal(err)
	}
	if info.IsDir() {
		b.mkdir(to)
		return
	}
	data, err := os.ReadFile(from)
	if err != nil {
		b.t.Fatal(err)
	}
	b.mkdir(filepath.Dir(to))
	if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *builder) mkdir(dir string) {
	b.t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
}

// below returns the files below a folder, and the folders that hold nothing.
func below(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		if d.IsDir() {
			if entries, err := os.ReadDir(p); err != nil || len(entries) > 0 {
				return err
			}
		}
		rel, err := filepath.Rel(dir, p)
		names = append(names, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// checkout returns the files of the repository as a checkout has them, and those that are about to be added, as far as
// .dockerignore lets them through.
func checkout(t *testing.T, root string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	out, err := cmd.Output()
	if err != nil {
		t.Skip("this is no checkout of the repository: git ls-files: ", err)
	}
	patterns, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for name := range strings.SplitSeq(string(out), "\x00") {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil && name != "" && !ignored(string(patterns), name) {
			files = append(files, name)
		}
	}
	return files
}

// ignored reports whether the patterns of a .dockerignore leave a file out: the last that fits the file, or a folder that
// it lies in, decides.
func ignored(patterns, name string) bool {
	out := false
	for line := range strings.Lines(patterns) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		line, except := strings.CutPrefix(line, "!")
		expression := regexp.QuoteMeta(strings.TrimPrefix(line, "/"))
		expression = strings.NewReplacer(`\*\*/`, `(?:.*/)?`, `\*`, `[^/]*`).Replace(expression)
		if regexp.MustCompile(`^` + expression + `(?:/.*)?$`).MatchString(name) {
			out = !except
		}
	}
	return out
}

// The steps of the image's builder, one by one, on the files of a checkout, and what lies in the image in the end. (The
// images that it begins with are not there: the builder's commands are this machine's.)
func TestImage(t *testing.T) {
	t.Parallel()
	theLibrary(t, programs.library) // a compiler is there
	const repository = "../.."
	d := readDockerfile(t, filepath.Join(repository, "Dockerfile"))
	if len(d.stages) != 2 || d.stages[0].name != "builder" {
		t.Fatalf("the Dockerfile has %d stages, want a builder and the image", len(d.stages))
	}
	b := &builder{
		t: t, root: t.TempDir(), context: repository, files: checkout(t, repository), dirs: []string{"src"},
		args: map[string]string{"BUILDARCH": runtime.GOARCH, "TARGETARCH": runtime.GOARCH, "VERSION": "v1.2.3-test"},
	}
	b.workdir = "/"
	if rest := b.build(d.stages[0]); len(rest) > 0 {
		t.Fatalf("the builder has the unknown step %s %s", rest[0].name, rest[0].text)
	}
	version, err := exec.CommandContext(t.Context(), b.place("/src/build/openai-audit"), "version").Output()
	if err != nil || !strings.HasPrefix(string(version), "openai-audit 1.2.3-test ") {
		t.Errorf("openai-audit version printed %q: %v", version, err)
	}
	checkLibrary(t, b.place("/src/build/in_openai_audit.so"))

	image := t.TempDir()
	steps := &builder{t: t, root: image, context: repository, files: b.files, args: map[string]string{}, workdir: "/"}
	settings := map[string]string{}
	for _, s := range d.stages[1].steps {
		if s.name == "COPY" && s.flags["--from"] == "builder" {
			words := strings.Fields(s.text)
			steps.copyFile(b.place(words[0]), steps.place(words[1]))
			continue
		}
		for _, r := range steps.build(stage{steps: []step{s}}) {
			settings[r.name] = r.text
		}
	}
	want := []string{
		"fluent-bit/etc/openai_audit/LICENSE", "fluent-bit/etc/openai_audit/fluent-bit.conf",
		"fluent-bit/etc/openai_audit/fluent-bit.yaml", "fluent-bit/etc/openai_audit/plugins.conf",
		"fluent-bit/plugins/in_openai_audit.so", "var/lib/fluent-bit",
	}
	for name := range destinations(t) {
		want = append(want, "fluent-bit/etc/openai_audit/destinations/"+name)
	}
	slices.Sort(want)
	if got := below(t, image); !slices.Equal(got, want) {
		t.Errorf("the image gets\n%q, want\n%q", got, want)
	}
	if user := settings["USER"]; user != "65532:65532" {
		t.Errorf("the image's user is %s", user)
	}
	if volume := settings["VOLUME"]; volume != `["/var/lib/fluent-bit"]` {
		t.Errorf("the image's volume is %s", volume)
	}
	config, library := checkImagePaths(t, image, settings["CMD"])
	t.Run("run", func(t *testing.T) {
		if h := theHost(t); !h.atLeast(5, 0, 6) {
			t.Skip("Fluent Bit before 5.0.6 knows no ${NAME:-default}")
		}
		runShipped(t, config, library)
	})
}

// checkImagePaths checks that what the configuration in the image names lies where it says, and returns where the
// configuration and the library lie.
func checkImagePaths(t *testing.T, image, cmd string) (config, library string) {
	t.Helper()
	m := regexp.MustCompile(`^\["-c", "(.*)"\]$`).FindStringSubmatch(cmd)
	if m == nil {
		t.Fatalf("the image's command is %s", cmd)
	}
	config = filepath.Join(image, m[1])
	if _, err := os.Stat(config); err != nil {
		t.Error(err)
	}
	plugins, err := os.ReadFile(filepath.Join(filepath.Dir(config), "plugins.conf"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)^\s+Path (.*)$`).FindSubmatch(plugins)
	if named == nil {
		t.Fatal("plugins.conf names no library")
	}
	library = filepath.Join(image, string(named[1]))
	if _, err := os.Stat(library); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, variable := range []string{"OPENAI_AUDIT_DB", "OPENAI_AUDIT_STORAGE"} {
		if !strings.Contains(string(text), fmt.Sprintf("${%s:-/var/lib/fluent-bit/", variable)) {
			t.Errorf("the default of %s does not lie in the volume", variable)
		}
	}
	return config, library
}
