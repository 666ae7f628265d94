// Prints what failed, and a line per test file: a full list of thousands of passes hides the one that matters.
import { relative } from 'node:path'

const files = new Map()

function count(type, { file = '', name, nesting, skip, todo }) {
  const path = relative(process.cwd(), file)
  const seen = files.get(path) ?? { pass: 0, fail: 0, skip: 0, todo: 0 }
  files.set(path, seen)
  const isFile = nesting === 0 && name.endsWith('.test.ts')
  if (isFile) return
  if (skip !== undefined) seen.skip += 1
  else if (todo !== undefined) seen.todo += 1
  else seen[type === 'test:pass' ? 'pass' : 'fail'] += 1
}

function failureText({ file = '', name, details }) {
  const cause = details?.error?.cause ?? details?.error
  return `\nFAIL ${relative(process.cwd(), file)} | ${name}\n${cause?.stack ?? cause?.message ?? cause}\n`
}

const line = ([file, { pass, fail, skip, todo }]) => {
  const more = `${skip ? `, ${skip} skipped` : ''}${todo ? `, ${todo} to do` : ''}`
  return `${fail ? 'FAIL' : 'ok  '} ${file}: ${pass} passed, ${fail} failed${more}\n`
}

export default async function* reporter(source) {
  for await (const { type, data } of source) {
    if (type === 'test:pass' || type === 'test:fail') count(type, data)
    if (type === 'test:fail' && data.todo === undefined) yield failureText(data)
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message
  }
  yield [...files].map(line).join('')
}
