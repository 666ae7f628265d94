// Renders every template of cases/*.json with Go and writes what came out to the golden files.
//
//	go run . ../../golden/templates
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"text/template"
	"time"
	"unicode/utf8"

	"oarlock.test/go-templates/authn"
)

type group struct {
	Session   string   `json:"session"`
	Templates []string `json:"templates"`
}

type golden struct {
	Template string `json:"template"`
	Session  string `json:"session"`
	// One of these: text, bytes that are no UTF-8, an error while parsing, an error while rendering.
	Output     *string `json:"output,omitempty"`
	OutputHex  string  `json:"outputHex,omitempty"`
	ParseError string  `json:"parseError,omitempty"`
	Error      string  `json:"error,omitempty"`
}

func main() {
	time.Local = time.UTC
	target := os.Args[1]
	var sessions map[string]json.RawMessage
	read("sessions.json", &sessions)
	files, err := filepath.Glob("cases/*.json")
	check(err)
	for _, file := range files {
		var groups []group
		read(file, &groups)
		results := []golden{}
		for _, g := range groups {
			for _, source := range g.Templates {
				results = append(results, render(source, g.Session, sessions[g.Session]))
			}
		}
		write(filepath.Join(target, filepath.Base(file)), results)
	}
}

func render(source, name string, raw json.RawMessage) golden {
	result := golden{Template: source, Session: name}
	var session authn.AuthenticationSession
	check(json.Unmarshal(raw, &session))
	parsed, err := template.New("template").Option("missingkey=zero").Funcs(functions).Parse(source)
	if err != nil {
		result.ParseError = err.Error()
		return result
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, &session); err != nil {
		result.Error = err.Error()
		return result
	}
	text := out.String()
	if utf8.ValidString(text) {
		result.Output = &text
	} else {
		result.OutputHex = hex.EncodeToString(out.Bytes())
	}
	return result
}

func read(file string, into any) {
	text, err := os.ReadFile(file)
	check(err)
	check(json.Unmarshal(text, into))
}

func write(file string, results []golden) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	check(encoder.Encode(results))
	check(os.WriteFile(file, text.Bytes(), 0o644))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
