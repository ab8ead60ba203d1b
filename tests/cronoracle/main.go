// Cronoracle says what robfig/cron v3 makes of schedules: one question as a line of JSON, one answer as another.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/robfig/cron/v3"
)

// Question asks for the first Count times after After, or, if Until is set, for the last of those not after Until.
type Question struct {
	Text  string
	Local string
	After int64
	Count int
	Until int64
}

// Answer holds an error, or epoch seconds; fewer than asked for where no more are found.
type Answer struct {
	Error string  `json:"error"`
	Times []int64 `json:"times"`
}

func answer(question Question) (given Answer) {
	defer func() {
		if problem := recover(); problem != nil {
			given = Answer{Error: fmt.Sprint(problem)}
		}
	}()
	schedule, problem := cron.ParseStandard(question.Text)
	if problem != nil {
		return Answer{Error: problem.Error()}
	}
	local, problem := time.LoadLocation(question.Local)
	if problem != nil {
		panic(problem)
	}
	moment := time.Unix(question.After, 0).In(local)
	if question.Until != 0 {
		return Answer{Times: last(schedule, moment, question.Until)}
	}
	times := []int64{}
	for len(times) < question.Count {
		moment = schedule.Next(moment)
		if moment.IsZero() {
			break
		}
		times = append(times, moment.Unix())
	}
	return Answer{Times: times}
}

func last(schedule cron.Schedule, moment time.Time, until int64) []int64 {
	found := []int64{}
	for {
		moment = schedule.Next(moment)
		if moment.IsZero() || moment.Unix() > until {
			return found
		}
		found = []int64{moment.Unix()}
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var question Question
		if problem := json.Unmarshal(lines.Bytes(), &question); problem != nil {
			fmt.Fprintln(os.Stderr, problem)
			os.Exit(1)
		}
		if problem := answers.Encode(answer(question)); problem != nil {
			os.Exit(1)
		}
	}
}
