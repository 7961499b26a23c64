"""Where items begin: what is done by the same people lies close together before training starts.

The leading eigenvectors of the co-visits, both ways, over the square roots of both items' degrees.
A network that begins there has to learn what is left, not what counting knows: on sparse data it
ends better, and in a fraction of the epochs.
source: Belkin & Niyogi 2003 (Laplacian eigenmaps); Qin & Rohe 2013, whose mean degree on top of
each keeps small islands of items from taking the first places.
"""

import torch
from torch import Tensor
from torch.nn import functional

from domain.graph import Graph

SPARE = 16  # dimensions beyond those wanted, which make the sought ones exact
ROUNDS = 8  # of subspace iteration


def spectrum(graph: Graph, width: int, seed: int) -> Tensor:
    """(rows, width) float32 of length 1, or 0 where an item has no edges.

    Turned at random, so that no dimension holds more than another: an int8 row likes that.
    """
    chance = torch.Generator().manual_seed(seed)
    rows = len(graph.indptr) - 1
    kept = min(width, rows)
    edges = both_ways(graph)
    degrees = torch.sparse.sum(edges, 1).to_dense()
    scale = (degrees + degrees[degrees > 0].mean()) ** -0.5 if len(graph.weights) else degrees
    basis = torch.randn(rows, min(rows, width + SPARE), generator=chance)
    for _ in range(ROUNDS):
        basis, _ = torch.linalg.qr(_spread(edges, scale, basis))
    values, turns = torch.linalg.eigh(basis.T @ _spread(edges, scale, basis))
    strongest = values.abs().argsort(descending=True)[:kept]
    found = basis @ turns[:, strongest] * values[strongest].abs().sqrt() * scale.unsqueeze(1)
    turn, _ = torch.linalg.qr(torch.randn(width, width, generator=chance))
    return functional.normalize(found @ turn[:kept], dim=-1) * (degrees > 0).unsqueeze(1)


def both_ways(graph: Graph) -> Tensor:
    """(rows, rows) sparse: of each pair the weights of both directions, summed."""
    rows = len(graph.indptr) - 1
    sizes = torch.from_numpy(graph.indptr).diff()
    places = torch.stack([torch.repeat_interleave(torch.arange(rows), sizes),
                          torch.from_numpy(graph.neighbours).long()])
    edges = torch.sparse_coo_tensor(places, torch.from_numpy(graph.weights), (rows, rows),
                                    check_invariants=False)
    return (edges + edges.T).coalesce()


def _spread(edges: Tensor, scale: Tensor, basis: Tensor) -> Tensor:
    found: Tensor = torch.sparse.mm(edges, scale.unsqueeze(1) * basis)
    return scale.unsqueeze(1) * found
