package cli_test

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"fluent-bit-openai-audit/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"openai-audit": func() {
			env := cli.Env{Getenv: os.LookupEnv, Version: "1.2.3-test"}
			os.Exit(cli.Main(context.Background(), os.Args[1:], env, os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true})
}
