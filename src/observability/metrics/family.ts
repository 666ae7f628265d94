/** One line of the metrics text. `suffix` is added to the name of a histogram. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly suffix?: string
}

/** A metric that is read from a tally. Decisions only add numbers; names and labels are created at a scrape. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** How the values of several processes are combined; default: sum for counters and histograms, maximum for gauges. */
  readonly aggregator?: 'sum' | 'max' | 'min' | 'first'
  readonly read: () => readonly Sample[]
}

export type Labels = Sample['labels']

export const noLabels: Labels = {}

/** A family of one line. `read` returns undefined while there is no value. */
export const single = (
  { name, help, type }: Pick<Family, 'name' | 'help' | 'type'>,
  read: () => number | undefined,
): Family => ({
  name,
  help,
  type,
  read: () => {
    const value = read()
    return value === undefined ? [] : [{ labels: noLabels, value }]
  },
})
