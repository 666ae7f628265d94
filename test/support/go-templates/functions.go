package main

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"text/template"
)

// functions are those that the service adds to Go's own.
var functions = template.FuncMap{
	"print": func(value interface{}) string {
		if value == nil {
			return ""
		}
		return fmt.Sprintf("%v", value)
	},
	"printIndex": func(list interface{}, index int) string {
		if list == nil {
			return ""
		}
		items := reflect.ValueOf(list)
		if items.Kind() == reflect.Slice && index < items.Len() {
			return fmt.Sprintf("%v", items.Index(index))
		}
		return ""
	},
	"slice": func(list interface{}, bounds ...interface{}) (interface{}, error) {
		switch kind := reflect.TypeOf(list).Kind(); kind {
		case reflect.Slice, reflect.Array:
			return sliceOf(reflect.ValueOf(list), bounds), nil
		default:
			return nil, fmt.Errorf("list should be type of slice or array but %s", kind)
		}
	},
	"toJson": func(value interface{}) string {
		text, _ := json.Marshal(value)
		return string(text)
	},
	"toString": func(value interface{}) string { return fmt.Sprintf("%v", value) },
}

func sliceOf(items reflect.Value, bounds []interface{}) interface{} {
	if items.Len() == 0 {
		return nil
	}
	start, end := 0, items.Len()
	if len(bounds) > 0 {
		start = toInt(bounds[0])
	}
	if len(bounds) > 1 {
		end = toInt(bounds[1])
	}
	return items.Slice(start, end).Interface()
}

func toInt(value interface{}) int {
	switch number := value.(type) {
	case int:
		return number
	case float64:
		return int(math.Trunc(number))
	case bool:
		if number {
			return 1
		}
	case string:
		parsed, _ := strconv.Atoi(number)
		return parsed
	}
	return 0
}
