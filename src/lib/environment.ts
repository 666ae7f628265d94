/** The one place that reads the process environment; everything else is given it. */
export const environment = (): Readonly<Record<string, string | undefined>> => process.env
