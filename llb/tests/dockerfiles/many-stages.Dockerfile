FROM alpine:3 AS s0
RUN echo 0 > /n
FROM s0 AS s1
RUN echo 1 > /n
FROM s0 AS s2
RUN echo 2 > /n
FROM s1 AS s3
COPY --from=s2 /n /m
RUN cat /m
FROM s2 AS s4
COPY --from=s3 /n /o
COPY --from=s1 /n /p
FROM scratch
COPY --from=s4 / /s4/
COPY --from=s3 / /s3/
COPY --from=s0 / /s0/
