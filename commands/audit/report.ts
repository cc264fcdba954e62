import type { Audit } from './audit';
import type { AuditFinding, Severity } from './finding';

/** The converted copy of a workflow, or why there is none. */
export interface Written {
	workflow: string;
	file: string;
	replaced: { node: string; keyFields: string | undefined; remarks: string[] }[];
	left: { name: string; why: string }[];
	/** What to do about payments of the past. */
	adopt: string;
}

const TITLES: readonly (readonly [severity: Severity, title: string])[] = [
	['high', 'Money can move twice'],
	['medium', 'Something can exist twice, or is not paid'],
	['note', 'Worth knowing'],
];

/** Formats the audit for people. */
export function writeReport({ workflows, nodes, findings }: Audit, written: readonly Written[]): string {
	const groups = TITLES.flatMap(([severity, title]) => {
		const found = findings.filter((finding) => finding.severity === severity);
		return found.length === 0 ? [] : [`${title} (${found.length})`, '', ...found.flatMap(writeFinding)];
	});
	return [...groups, ...written.flatMap(writeWritten), summarize(findings, workflows, nodes)].join('\n');
}

function writeFinding({ workflow, node, disabled, message, repeats, nextStep }: AuditFinding): string[] {
	return [
		`  ${workflow} › ${node}${disabled ? ' (disabled)' : ''}`,
		`    ${[message, ...repeats].join(' ')}`,
		`    → ${nextStep}`,
		'',
	];
}

function writeWritten({ file, replaced, left, adopt }: Written): string[] {
	return [
		`Written: ${file}`,
		...replaced.map(
			({ node, keyFields }) =>
				`  ${node}: replaced; ${keyFields === undefined ? 'fill in its key fields' : `confirm its key: ${keyFields}`}`,
		),
		...replaced.flatMap(({ node, remarks }) => remarks.map((remark) => `  ${node}: ${remark}`)),
		...left.map(({ name, why }) => `  ${name}: not replaced, because ${why}`),
		`  It is inactive, and the ledger does not know what the old workflow sent. ${adopt}`,
		'',
	];
}

/** Notes do not count, because nothing is wrong. */
export function countFindings(findings: readonly AuditFinding[]): number {
	return findings.filter(({ severity }) => severity !== 'note').length;
}

function summarize(findings: readonly AuditFinding[], workflows: number, nodes: number): string {
	const count = countFindings(findings);
	const looked = `${format(workflows, 'workflow')} with ${format(nodes, 'node')}`;
	return count === 0 ? `${looked}: nothing found.` : `${looked}: ${format(count, 'finding')}.`;
}

function format(count: number, noun: string): string {
	return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
