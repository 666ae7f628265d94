/** A column of a table: how it is headed, and what it shows of a row. */
export interface Column<Row> {
  readonly head: string
  readonly of: (row: Row) => string
  /** Text stands left, numbers right. */
  readonly isText?: true
}

export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const line = (fields: readonly string[]): string => `| ${fields.join(' | ')} |`
  return [
    line(columns.map(({ head }) => head)),
    line(columns.map(({ isText }) => (isText ? '---' : '---:'))),
    ...rows.map(row => line(columns.map(({ of }) => of(row)))),
  ].join('\n')
}

const block = /(?<=<!-- generated: (\S+) -->\n)[\s\S]*?(?=<!-- end -->)/g

/** Replaces what stands between the marks of each block. Throws on a name that is not known. */
export const fill = (page: string, blocks: Readonly<Record<string, string>>): string =>
  page.replaceAll(block, (_, name: string) => {
    const text = blocks[name]
    if (text === undefined) throw new Error(`no generated block ${name}`)
    return `${text}\n`
  })
