package auditlog

import (
	"errors"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/probe"
	"fluent-bit-openai-audit/internal/state"
)

// open opens the state file and the files that the configuration names. What is wrong with any of them is
// in the error, a *config.Problems, so that they are mended at one go.
func (c *Collector) open(opts Options) (err error) {
	problems := probe.Files(c.cfg)
	if c.db, err = state.Open(c.cfg.DB, state.Options{NoSync: opts.NoSync}); err != nil {
		problems = append(problems, stateProblem(err))
	} else {
		defer func() {
			if err != nil {
				err = errors.Join(err, c.db.Close())
			}
		}()
	}
	if len(problems) > 0 {
		return config.NewProblems(problems)
	}
	return c.client(opts)
}

// stateProblem says what is wrong with db.
func stateProblem(err error) config.Problem {
	problem := config.Problem{Property: "db", Text: err.Error()}
	if fault, ok := errors.AsType[*state.FileError](err); ok {
		problem.Text, problem.Hint = "state file "+fault.Path+": "+fault.Err.Error(), fault.Remedy()
	}
	return problem
}
