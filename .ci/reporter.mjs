// Prints what failed, a line per test file, and the sums: a full list of thousands of passes hides the one that matters.
import { relative } from 'node:path'
import { inspect } from 'node:util'

/** Tests within others are part of their time. */
const secondsOf = ({ nesting, details }) => (nesting === 0 ? (details?.duration_ms ?? 0) / 1000 : 0)
function count(files, type, data) {
  const { file = '', name = '', nesting, skip, todo } = data
  const path = relative(process.cwd(), file)
  const seen = files.get(path) ?? { pass: 0, fail: 0, skip: 0, todo: 0, seconds: 0, broken: false }
  files.set(path, seen)
  const isFile = nesting === 0 && name.endsWith('.test.ts')
  seen.seconds += secondsOf(data)
  if (isFile) seen.broken ||= type === 'test:fail'
  else if (data.details?.type === 'suite') seen.broken ||= type === 'test:fail'
  else if (skip !== undefined) seen.skip += 1
  else if (todo !== undefined) seen.todo += 1
  else seen[type === 'test:pass' ? 'pass' : 'fail'] += 1
}
/** Whatever a test threw: not everything is an error, and not everything can be made a text. */
export function textOf(cause) {
  try {
    const { stack, message } = Object(cause)
    if (typeof stack === 'string') return stack
    return typeof message === 'string' ? message : inspect(cause)
  } catch {
    return 'what it threw cannot be shown'
  }
}
function failureText({ file = '', name, details }) {
  const cause = details?.error?.cause ?? details?.error
  return `\nFAIL ${relative(process.cwd(), file)} | ${name}\n${textOf(cause)}\n`
}
/** A file that ended badly counts, even if no test of it failed. */
const failed = ({ fail, broken }) => (broken && fail === 0 ? 1 : fail)
/** Files whose tests take as long are shown with their time. */
const slowSeconds = 5
const line = ([file, counts]) => {
  const { pass, skip, todo, seconds } = counts
  const slow = seconds < slowSeconds ? '' : `, ${Math.round(seconds)} s`
  const more = `${slow}${skip ? `, ${skip} skipped` : ''}${todo ? `, ${todo} to do` : ''}`
  return `${failed(counts) ? 'FAIL' : 'ok  '} ${file}: ${pass} passed, ${failed(counts)} failed${more}\n`
}
function* linesOf(files, { type, data }) {
  if (type === 'test:pass' || type === 'test:fail') count(files, type, data)
  if (type === 'test:fail' && data.todo === undefined) yield failureText(data)
  if (type === 'test:stderr' || type === 'test:stdout') yield data.message ?? ''
}
const share = (covered, total) => (total === 0 ? 100 : (100 * covered) / total).toFixed(1)
/** One line about our sources, of what Node counted in all files that were loaded. */
export function coverageLine({ files, workingDirectory }) {
  const own = files.filter(({ path }) => path.startsWith(`${workingDirectory}/src/`))
  const of = kind => {
    const sum = name => own.reduce((n, file) => n + file[name], 0)
    return `${share(sum(`covered${kind}Count`), sum(`total${kind}Count`))} % of`
  }
  return `coverage of ${own.length} files of src: ${of('Line')} lines, ${of('Branch')} branches, ${of('Function')} functions\n`
}
/** Ends with the line `N passed, N failed`. */
export default async function* reporter(source) {
  const files = new Map()
  let unreadable = 0
  let coverage = ''
  for await (const event of source) {
    try {
      yield* linesOf(files, event)
      if (event.type === 'test:coverage') coverage = coverageLine(event.data.summary)
    } catch (error) {
      // A reporter that ends takes every result behind it with it.
      unreadable += 1
      yield `\nFAIL an event of the test runner could not be shown: ${textOf(error)}\n`
    }
  }
  yield [...files].map(line).join('')
  yield coverage
  const all = [...files.values()]
  const sum = of => all.reduce((n, one) => n + of(one), 0)
  yield `${sum(({ pass }) => pass)} passed, ${sum(failed) + unreadable} failed\n`
}
