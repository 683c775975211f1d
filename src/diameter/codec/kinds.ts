/** How a value is read and written; several wire formats share one. */
export const kinds = {
  octets: 0,
  text: 1,
  u32: 2,
  i32: 3,
  u64: 4,
  i64: 5,
  time: 6,
  address: 7,
  group: 8
} as const
