/** One line of an exposition. `suffix` is what a histogram's lines add to the name. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly suffix?: string
}

/** A metric as it is read, from tallies that are kept elsewhere: a decision pays for adding up, a scrape for names. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** How one is made of those of several processes; by default counts are added, of gauges the largest counts. */
  readonly aggregator?: 'sum' | 'max' | 'min' | 'first'
  readonly read: () => readonly Sample[]
}

export type Labels = Sample['labels']

export const noLabels: Labels = {}

/** A family of one line; undefined: there is nothing to say yet. */
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
