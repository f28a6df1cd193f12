import { sha256 } from '../../digest.ts';

/** Begins the hidden line of an answer; the zone tells the answers of two installations apart. */
const markerOf = (zone: string): string => `<!-- cc-ci:answer zone=${zone} `;

/** The body of an answer with its hidden line: whose it is, and the digest of what it says. Pure. */
export function withMarker(body: string, zone: string): string {
  return `${body}\n\n${markerOf(zone)}text=${sha256(body).slice(0, 16)} -->`;
}

/** Whether a comment is an answer of the installation with that zone. Pure. */
export function isAnswer(body: string, zone: string): boolean {
  return body.includes(markerOf(zone));
}

/** Whether a comment says what `answer` says, however the forge treats blanks and line ends. Pure. */
export function saysTheSame(body: string, answer: string): boolean {
  const line = answer.slice(answer.lastIndexOf('<!-- cc-ci:answer '));
  return line !== '' && body.includes(line);
}
