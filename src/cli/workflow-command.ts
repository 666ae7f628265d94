/** Annotations of GitHub: https://docs.github.com/actions/reference/workflow-commands. */

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly title: string
  /** undefined: it has no place. */
  readonly place?:
    | { readonly file: string; readonly line?: number; readonly column?: number }
    | undefined
  readonly message: string
}

/** One line. */
export function workflowCommand({ level, title, place, message }: Annotation): string {
  const properties = { file: place?.file, line: place?.line, col: place?.column, title }
  const written = Object.entries(properties).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${property(String(value))}`],
  )
  return `::${level} ${written.join(',')}::${data(message)}\n`
}

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
