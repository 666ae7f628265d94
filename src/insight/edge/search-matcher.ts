import { RE2JS } from 're2js'

/** As regexp.MatchString of Go: somewhere in the text, in linear time; false where the expression is not valid. */
export function searchMatcher(expression: string, ignoreCase = false): (text: string) => boolean {
  try {
    const compiled = RE2JS.compile(expression, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
    return text => compiled.matcher(text).find()
  } catch {
    return () => false
  }
}
