// What a newcomer sees first.
export const DEFAULT_PLAN = 'cn-set-sail-2021-final';
