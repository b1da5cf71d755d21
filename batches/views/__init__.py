"""The customer portal's pages of projects and batches: check the role, bind the form, call one service or query."""
