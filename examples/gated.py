from torch import nn

import krohn


@krohn.register_model("gated")
class Gated(nn.Module):
    def __init__(self, inputs: int, outputs: int, width: int = 32):
        super().__init__()
        self.enter, self.gru = nn.Embedding(inputs, width), nn.GRU(width, width, batch_first=True)
        self.leave = nn.Linear(width, outputs)

    def forward(self, tokens, state=None):
        y, h = self.gru(self.enter(tokens), None if state is None else state["h"])
        return self.leave(y), {"h": h}
