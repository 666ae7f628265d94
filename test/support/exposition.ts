import assert from 'node:assert/strict'

/**
 * Parses a Prometheus text: `name{labels}` to value. Fails on a line that is not valid, and on a series that occurs
 * twice.
 */
export function readExposition(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  const read = lines.map(line => {
    const [, series, value] =
      /^([A-Za-z_:][\w:]*(?:\{(?:[A-Za-z_]\w*="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/.exec(line) ?? []
    assert(series !== undefined, `no series: ${line}`)
    return [series, Number(value)] as const
  })
  const found = new Map(read)
  assert.equal(found.size, read.length, 'a series is there twice')
  return found
}

/** Names as rules and dashboards use them, including `_bucket`, `_sum` and `_count`. */
export const namesOf = (series: ReadonlyMap<string, number>): ReadonlySet<string> =>
  new Set([...series.keys()].map(key => key.replace(/\{.*/s, '')))
