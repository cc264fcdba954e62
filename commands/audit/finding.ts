import type { ExportedNode } from './exportedWorkflow';

export type Severity =
	/** Money can move, or be billed, twice. */
	| 'high'
	/** Something can exist twice, or payments are not made; or the file does not tell what is sent. */
	| 'medium'
	/** Worth knowing; nothing is wrong now. */
	| 'note';

export type FindingKind =
	| 'stripe_node'
	| 'http_no_key'
	| 'http_volatile_key'
	| 'http_constant_key'
	| 'http_weak_key'
	| 'http_key_by_model'
	| 'http_key_for_24_hours'
	| 'code'
	| 'mcp'
	| 'unknown_node'
	| 'no_key'
	| 'volatile_key'
	| 'constant_key'
	| 'key_by_model'
	| 'weak_key'
	| 'static_data'
	| 'no_token'
	| 'secret_in_workflow';

/** One place, in plain words. */
export interface AuditFinding {
	kind: FindingKind;
	severity: Severity;
	/** Of the file, where it is known. */
	workflow: string;
	workflowId?: string;
	node: string;
	nodeType: string;
	/** A disabled node sends nothing; the finding is what it does once it is enabled. */
	disabled: boolean;
	/** What can happen, and why. */
	message: string;
	/** What sends it again. */
	repeats: string[];
	nextStep: string;
}

/** What a rule says of a node; where it is, is filled in. */
export type Verdict = Pick<AuditFinding, 'kind' | 'severity' | 'message' | 'nextStep'>;

/** Beside what is found, only what moves when it is enabled: a disabled node is a note. */
export function toFinding(
	verdict: Verdict,
	node: ExportedNode,
	workflow: { id?: string; name?: string },
	repeats: string[],
): AuditFinding {
	const disabled = node.disabled === true;
	return {
		kind: verdict.kind,
		severity: disabled ? 'note' : verdict.severity,
		workflow: workflow.name ?? '(no name)',
		...(workflow.id === undefined ? {} : { workflowId: workflow.id }),
		node: node.name,
		nodeType: node.type,
		disabled,
		message: verdict.message,
		repeats: verdict.severity === 'note' ? [] : repeats,
		nextStep: verdict.nextStep,
	};
}
