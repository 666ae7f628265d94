// Prints what failed, and a line per test file: a full list of thousands of passes hides the one that matters.
import { relative } from 'node:path'

export default async function* reporter(source) {
  const files = new Map()
  for await (const { type, data } of source) {
    if (type === 'test:pass' || type === 'test:fail') {
      const file = relative(process.cwd(), data.file ?? '')
      const seen = files.get(file) ?? { pass: 0, fail: 0 }
      const isFile = data.nesting === 0 && data.name.endsWith('.test.ts')
      if (!isFile) seen[type === 'test:pass' ? 'pass' : 'fail'] += 1
      files.set(file, seen)
    }
    if (type === 'test:fail') {
      const cause = data.details?.error?.cause ?? data.details?.error
      yield `\nFAIL ${data.file ?? ''} | ${data.name}\n${cause?.stack ?? cause?.message ?? cause}\n`
    }
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message
  }
  for (const [file, { pass, fail }] of files) yield `${fail ? 'FAIL' : 'ok  '} ${file}: ${pass} passed, ${fail} failed\n`
}
