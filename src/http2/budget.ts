/**
 * How much a peer may send that asks for nothing: it spends the budget, time and useful work fill it again (CVE-2019-9512,
 * 9513, 9515 and 9518, CVE-2023-44487, CVE-2025-8671).
 */
export interface Budget {
  /** False: too little is left, and nothing was spent. */
  readonly spend: (cost: number) => boolean
  readonly refill: (amount: number) => void
}

export interface BudgetOptions {
  /** The budget is never larger. */
  readonly most: number
  readonly perSecond: number
}

/** `clock`: milliseconds. */
export function createBudget(
  { most, perSecond }: BudgetOptions,
  clock: () => number = () => performance.now(),
): Budget {
  let left = most
  let filled = clock()
  const fillByTime = (): void => {
    const now = clock()
    left = Math.min(most, left + ((now - filled) / 1000) * perSecond)
    filled = now
  }
  return {
    spend: cost => {
      if (left < cost) fillByTime()
      if (left < cost) return false
      left -= cost
      return true
    },
    refill: amount => {
      left = Math.min(most, left + amount)
    },
  }
}
