/** How bad a finding is, the worst first. */
export const levels = ['error', 'warning', 'advice'] as const

export type Level = (typeof levels)[number]

/** Worse levels are smaller. */
export const rankOf = (level: Level): number => levels.indexOf(level)
