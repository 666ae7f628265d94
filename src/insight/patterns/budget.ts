/** How much work may still be done; shared by all searches of one question. */
export interface Budget {
  /** States that may still be visited. */
  left: number
  /** In processor time of this process, so that a busy machine gives the same answers. Milliseconds. */
  readonly deadline: number
}

const usedTime = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** `milliseconds`: from now on. */
export const createBudget = (states: number, milliseconds: number): Budget => ({
  left: states,
  deadline: usedTime() + milliseconds,
})

/** A part of a budget, which never lasts longer than the whole. */
export const partOf = (whole: Budget, states: number, milliseconds: number): Budget => ({
  left: Math.min(states, whole.left),
  deadline: Math.min(whole.deadline, usedTime() + milliseconds),
})

/** The clock is read once in so many states. */
const clockEvery = 64

/** Takes one state; false: the budget is spent. */
export function spend(budget: Budget): boolean {
  budget.left -= 1
  if (budget.left % clockEvery === 0 && usedTime() > budget.deadline) budget.left = 0
  return budget.left > 0
}

export const isSpent = (budget: Budget): boolean => budget.left <= 0 || usedTime() > budget.deadline
