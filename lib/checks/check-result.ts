import type { ConnectionFault } from './connection-fault.ts';

/** What one check found. Not being as wanted is a result; only what keeps the check from being made is thrown. */
export interface CheckResult {
  ok: boolean;
  /** What was asked, got and wanted; for people. */
  message: string;
  /** What the app said, bounded, not masked. */
  evidence?: string;
  /** Of the HTTP answer that was not as wanted. */
  status?: number;
  /** What kept it from reaching anything at all; absent: something answered, or the check knows no such thing. */
  fault?: ConnectionFault;
}
