// Calendar arithmetic on plain dates. Noon UTC keeps every step clear of the clock changes.

/** Return the date of "yyyy-mm-dd", or null where there is no such day. */
export function readDate(text: string): Date | null {
  const match = /^\s*(\d{4})-?(\d{2})-?(\d{2})\s*$/.exec(text);
  if (!match) return null;
  const date = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]), 12));
  return date.getUTCMonth() === Number(match[2]) - 1 ? date : null;
}

export function writeDate(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export function addDays(date: Date, days: number): Date {
  return new Date(date.getTime() + days * 86_400_000);
}

/** The same day in another month, or that month's last day. */
export function addMonths(date: Date, months: number): Date {
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1, 12));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0, 12)).getUTCDate();
  return addDays(first, Math.min(date.getUTCDate(), last) - 1);
}

/** Monday is 0. */
export function weekday(date: Date): number {
  return (date.getUTCDay() + 6) % 7;
}

/** ISO 8601 week: the one that holds the week's Thursday. */
export function weekNumber(date: Date): number {
  const thursday = addDays(date, 3 - weekday(date));
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1, 12);
  return 1 + Math.floor((thursday.getTime() - newYear) / (7 * 86_400_000));
}

export function today(): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate(), 12));
}
