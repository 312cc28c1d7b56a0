/** The hours that pass between one time that people arrive in the demo and the next: three weeks, at changing times of the day. */
export const daysBetween = [71, 74, 69, 75, 70, 73, 72] as const
