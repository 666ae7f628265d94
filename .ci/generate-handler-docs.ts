/** Writes docs/handlers/; with --check it only says whether the pages are up to date. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { writePages } from './generated-pages.ts'
import { type Documented, type Folder, handlers } from './handler-docs/kinds.ts'
import { type Example, pageOf } from './handler-docs/page.ts'

const root = new URL('../docs/handlers/', import.meta.url)
const examples = parse(readFileSync(new URL('examples.yaml', root), 'utf8')) as Readonly<
  Record<Folder, Readonly<Record<string, Example>>>
>

function exampleOf({ folder, name }: Documented): Example {
  const example = examples[folder][name]
  if (example === undefined) throw new Error(`docs/handlers/examples.yaml: nothing for ${folder}.${name}`)
  return example
}

const titles: Readonly<Record<Folder, string>> = {
  authenticators: 'Authenticators: who is it?',
  authorizers: 'Authorizers: may they?',
  mutators: 'Mutators: what does the upstream get?',
  errors: 'Error handlers: what does the caller get?',
}

const index = `<!-- Made by \`make docs\` from the handlers’ files. -->

# Handlers

A rule has authenticators, of which the first that is responsible decides, one authorizer, mutators, which all run, and
error handlers.
${Object.entries(titles)
  .map(([folder, title]) => {
    const rows = handlers
      .filter(handler => handler.folder === folder)
      .map(({ name, header }) => `| [${name}](${folder}/${name}.md) | ${header.summary} |`)
    return `\n## ${title}\n\n| | |\n| --- | --- |\n${rows.join('\n')}\n`
  })
  .join('')}`

const pages = new Map([
  ['docs/handlers/README.md', index],
  ...handlers.map((handler): [string, string] => [
    `docs/handlers/${handler.folder}/${handler.name}.md`,
    pageOf(handler, exampleOf(handler)),
  ]),
])

writePages(pages)
