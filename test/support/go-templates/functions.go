package main

import (
	"fmt"
	"reflect"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// functions are those that the service adds to Go's own: the library's, of which it replaces two.
var functions = overridden(sprig.TxtFuncMap())

func overridden(library template.FuncMap) template.FuncMap {
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(library, name)
	}
	library["print"] = func(value interface{}) string {
		if value == nil {
			return ""
		}
		return fmt.Sprintf("%v", value)
	}
	library["printIndex"] = func(list interface{}, index int) string {
		if list == nil {
			return ""
		}
		items := reflect.ValueOf(list)
		if items.Kind() == reflect.Slice && index < items.Len() {
			return fmt.Sprintf("%v", items.Index(index))
		}
		return ""
	}
	return library
}
