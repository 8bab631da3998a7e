"""Real Envoy's answers, and in what the evaluator differs from them."""
import harness


def with_certificates(listener):
    """The harness puts in certificates where they are fetched; it needs the usual fields to be there."""
    for chain in listener['filterChains']:
        if 'transportSocket' in chain:
            chain['transportSocket']['typedConfig'].setdefault('commonTlsContext', {})
    return listener


def answers(envoy, name, requests):
    """What Envoy does with each request. Who ended a connection of bytes is not asked for: that stands in a log alone."""
    out = [None] * len(requests)
    for proto, full in (('http', True), ('tcp', False)):
        picked = [i for i, q in enumerate(requests) if q['proto'] == proto]
        for i, said in zip(picked, harness.replay(envoy, name, [requests[i] for i in picked], full)):
            out[i] = said
    return out


def differing(request, mine, theirs):
    """The keys in which the two differ."""
    if request['proto'] == 'tcp':
        return [] if (mine['decision'] == 'allow') == (theirs['decision'] == 'allow') else ['decision']
    out = [k for k in ('decision', 'by', 'status') if mine[k] != theirs[k]]
    if theirs['by'] in ('rbac', 'upstream') and mine.get('matched') != theirs.get('matched'):
        out.append('matched')
    if theirs['status'] is not None and bool(mine.get('audit')) != bool(theirs.get('audit')):
        out.append('audit')
    result = lambda row: {k: v['result'] for k, v in (row.get('dry_run') or {}).items()}
    if theirs['decision'] == 'allow' and result(mine) != result(theirs):
        out.append('dry_run')
    return out
