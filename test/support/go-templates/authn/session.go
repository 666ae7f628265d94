// Package authn mirrors the session that templates are given, so that type names print alike.
package authn

import (
	"net/http"
	"net/url"
)

type AuthenticationSession struct {
	Subject      string                 `json:"subject"`
	Extra        map[string]interface{} `json:"extra"`
	Header       http.Header            `json:"header"`
	MatchContext MatchContext           `json:"match_context"`
}

type MatchContext struct {
	RegexpCaptureGroups []string    `json:"regexp_capture_groups"`
	URL                 *url.URL    `json:"url"`
	Method              string      `json:"method"`
	Header              http.Header `json:"header"`
}

func (s *AuthenticationSession) SetHeader(key, value string) {
	if s.Header == nil {
		s.Header = http.Header{}
	}
	s.Header.Set(key, value)
}

func (s *AuthenticationSession) Copy() *AuthenticationSession {
	copied := *s
	return &copied
}
