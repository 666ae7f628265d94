/** The only place that reads the environment of the process; other code receives it as an argument. */
export const environment = (): Readonly<Record<string, string | undefined>> => process.env
